// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.controlplane.ConfigurationException;
import dev.sluice.controlplane.FileWatch;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.StandingReaper;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Applies services again whenever the files change, until it is told to end. What is in force stays
 * in force, also while the files are wrong. Confined to one thread.
 */
final class LbFollower implements AutoCloseable {
  private static final Duration FOR_EVER = Duration.ofDays(1000);

  /** After what the kernel refused; the files need not change for it to be possible later. */
  private static final Duration BEFORE_TRYING_AGAIN = Duration.ofSeconds(5);

  private final LbApplication application;
  private final FileWatch files;
  private List<BackendSet> inForce;
  private List<String> complaints = List.of();
  private boolean unfinished;
  private @Nullable StandingReaper reaper;

  private LbFollower(LbApplication application, FileWatch files, List<BackendSet> inForce) {
    this.application = application;
    this.files = files;
    this.inForce = inForce;
  }

  /**
   * Applies a first time, which has to succeed; the caller closes what it gets.
   *
   * @throws IOException if the kernel refuses, or the files can't be watched
   */
  static LbFollower begin(LbApplication application) throws ConfigurationException, IOException {
    FileWatch files = FileWatch.over(application.files());
    try {
      List<BackendSet> sets = application.load();
      application.apply(sets);
      LbFollower follower = new LbFollower(application, files, sets);
      follower.reap();
      return follower;
    } catch (ConfigurationException | IOException | RuntimeException e) {
      files.close();
      throw e;
    }
  }

  /**
   * Follows the files.
   *
   * @param told opens when it shall end
   * @return false if the load balancer was uninstalled before
   */
  boolean run(CountDownLatch told) throws IOException, InterruptedException {
    Thread.ofVirtual().start(() -> stopWaitingWhen(told));
    while (told.getCount() > 0) {
      boolean changed = files.awaitChange(unfinished ? BEFORE_TRYING_AGAIN : FOR_EVER);
      if (told.getCount() > 0 && (changed || unfinished) && !step()) {
        application.say("the load balancer was uninstalled meanwhile; it stays so");
        return false;
      }
    }
    return true;
  }

  private void stopWaitingWhen(CountDownLatch told) {
    try {
      told.await();
      files.close();
    } catch (IOException e) {
      application.say(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** False if there is nothing to follow any more. */
  private boolean step() throws IOException {
    try {
      List<BackendSet> sets = application.load();
      if (unfinished || !sets.equals(inForce)) {
        if (!application.applyAgain(sets)) {
          return false;
        }
        inForce = sets;
        reap();
      } else if (!complaints.isEmpty()) {
        application.say("the files are as they are in force again");
      }
      unfinished = false;
      complaints = List.of();
    } catch (ConfigurationException e) {
      unfinished = false;
      complain(e.problems().stream().map(Object::toString).toList());
    } catch (IOException e) {
      unfinished = true;
      complain(List.of(String.valueOf(e.getMessage())));
    }
    return true;
  }

  /** Once for each change, however often it is looked at. */
  private void complain(List<String> lines) {
    if (!lines.equals(complaints)) {
      lines.forEach(application::say);
      application.say("what was in force before stays in force");
    }
    complaints = lines;
  }

  private void reap() {
    try {
      if (reaper == null || !reaper.isUpToDate()) {
        closeReaper();
        reaper = application.openReaper();
      }
      application.say(reaper.reap());
    } catch (IOException e) {
      application.sayNotReaped(e);
    }
  }

  @Override
  public void close() throws IOException {
    files.close();
    closeReaper();
  }

  private void closeReaper() throws IOException {
    if (reaper != null) {
      reaper.close();
    }
  }
}
