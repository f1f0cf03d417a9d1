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
 * {@code sluice lb apply --watch}: applies again whenever the files change, until it is told to
 * end. What is in force stays in force, also while the files are wrong. Confined to one thread.
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
   * Applies a first time, which has to succeed, and then follows.
   *
   * @param told opens when it shall end
   * @return the exit code
   */
  static int follow(LbApplication application, CountDownLatch told)
      throws ConfigurationException, IOException, InterruptedException {
    try (FileWatch files = FileWatch.over(application.files())) {
      List<BackendSet> sets = application.load();
      application.apply(sets);
      try (LbFollower follower = new LbFollower(application, files, sets)) {
        follower.reap();
        LbApplication.say("following the files until SIGTERM");
        ReadinessNotice.tellReady().ifPresent(LbApplication::say);
        return follower.run(told);
      }
    }
  }

  private int run(CountDownLatch told) throws IOException, InterruptedException {
    Thread.ofVirtual().start(() -> stopWaitingWhen(told));
    while (told.getCount() > 0) {
      boolean changed = files.awaitChange(unfinished ? BEFORE_TRYING_AGAIN : FOR_EVER);
      if (told.getCount() > 0 && (changed || unfinished) && !step()) {
        LbApplication.say("the load balancer was uninstalled meanwhile; it stays so");
        return 1;
      }
    }
    return 0;
  }

  private void stopWaitingWhen(CountDownLatch told) {
    try {
      told.await();
      files.close();
    } catch (IOException e) {
      LbApplication.say(e);
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
        LbApplication.say("the files are as they are in force again");
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
      lines.forEach(LbApplication::say);
      LbApplication.say("what was in force before stays in force");
    }
    complaints = lines;
  }

  private void reap() {
    try {
      if (reaper == null || !reaper.isUpToDate()) {
        close();
        reaper = application.openReaper();
      }
      LbApplication.say(reaper.reap());
    } catch (IOException e) {
      LbApplication.sayNotReaped(e);
    }
  }

  @Override
  public void close() throws IOException {
    if (reaper != null) {
      reaper.close();
    }
  }
}
