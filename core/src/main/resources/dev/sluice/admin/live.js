// SPDX-License-Identifier: Apache-2.0
// Asks for /live.json once a second and shows it. Whatever comes from there is set as text, never as markup; of a drawing
// the shapes are copied one by one, by a list of what a drawing may have.
'use strict';

(() => {
  const PERIOD = 1000;
  const MOST_ROWS = 200; // what is shown
  const MOST_DRAWN = 16; // lines of the drawn map: the busiest
  const MOST_KEPT = 1000; // what the filter searches
  const SHAPES = new Set(['svg', 'g', 'rect', 'path', 'circle', 'text']);
  const ATTRIBUTES = new Set(['class', 'viewBox', 'width', 'height', 'role', 'aria-label', 'aria-hidden', 'd', 'x', 'y', 'rx',
    'cx', 'cy', 'r', 'text-anchor']);
  const at = (id) => document.getElementById(id);
  const body = (id) => at(id).querySelector('tbody');

  let begun = null; // when the proxy that answers began
  let since = 0; // number of the last ended connection that was seen
  let ended = []; // newest first
  let open = [];
  let openTotal = 0;
  let endedTotal = 0;
  let missed = 0;
  let paused = false;
  let chosen = null;
  let former = { at: 0, ended: new Map() };
  const rows = new Map();

  function element(name, text, className) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function shape(name, attributes, text) {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function take(answer) {
    open = answer.open;
    openTotal = answer.open_total;
    if (answer.ended_last !== undefined) {
      if (begun !== answer.begun_us) {
        const other = begun !== null;
        begun = answer.begun_us;
        if (other) {
          // Another proxy answers now, which counts from one again: ask it for all that it remembers.
          ended = [];
          endedTotal = 0;
          missed = 0;
          since = 0;
          former = { at: 0, ended: new Map() };
          rows.clear();
          return;
        }
      }
      since = answer.ended_last;
      endedTotal += answer.ended_since;
      missed += answer.ended_since - answer.ended.length;
      ended = answer.ended.concat(ended).slice(0, MOST_KEPT);
      showMap(answer);
    }
    at('facts').className = '';
    at('facts').textContent = 'version ' + answer.version + ', interception mode ' + answer.mode + ', ' + answer.ready + ', ' +
      openTotal + ' open';
    showConnections();
  }

  function showMap(answer) {
    const now = performance.now();
    const seconds = (now - former.at) / 1000;
    const counts = new Map();
    for (const line of answer.map) {
      const key = JSON.stringify([line.from, line.to, line.mode, line.direction]);
      counts.set(key, line.ended);
      // A pair that wasn't among those sent before has nothing to compare with, nor has the first look.
      const known = former.ended.has(key) || answer.map_total === answer.map.length;
      const more = line.ended - (former.ended.get(key) || 0);
      line.rate = former.at === 0 || !known || more < 0 ? 0 : more / seconds;
    }
    former = { at: now, ended: counts };
    // By name: what is looked at should stay where it is.
    answer.map.sort((a, b) => a.from.localeCompare(b.from) || a.to.localeCompare(b.to));
    body('map').replaceChildren(...answer.map.map(mapRow));
    at('map-note').textContent = 'Connections that have ended since somebody looks: ' + answer.map.length + ' of ' +
      answer.map_total + ' pairs shown' +
      (answer.map_uncounted > 0 ? ', ' + answer.map_uncounted + ' connections belong to none for want of room.' : '.');
    const busiest = new Set([...answer.map].sort((a, b) => b.ended - a.ended).slice(0, MOST_DRAWN));
    drawMap(answer.map.filter((line) => busiest.has(line)), answer.map_total);
  }

  function perSecond(line) {
    return line.rate.toFixed(line.rate < 10 ? 1 : 0);
  }

  function mapRow(line) {
    const row = element('tr');
    row.append(element('td', line.from, 'mono'), element('td', line.direction + ' by ' + line.mode, 'way'),
      element('td', line.to, 'mono'), element('td', perSecond(line), 'n'), element('td', line.ended, 'n'),
      element('td', line.denied, line.denied > 0 ? 'n denied' : 'n'),
      element('td', line.failed, line.failed > 0 ? 'n failed' : 'n'));
    return row;
  }

  // Who dials at the left, what is dialled at the right, each once.
  function drawMap(lines, total) {
    const left = new Map();
    const right = new Map();
    for (const line of lines) {
      if (!left.has(line.from)) left.set(line.from, 26 + 34 * left.size);
      if (!right.has(line.to)) right.set(line.to, 26 + 34 * right.size);
    }
    const height = 12 + 34 * Math.max(left.size, right.size, 1);
    const svg = shape('svg', { viewBox: '0 0 1000 ' + height, width: 1000, role: 'img',
      'aria-label': 'Map of the busiest ' + lines.length + ' of ' + total + ' pairs; the table below has them all' });
    for (const line of lines) {
      const from = left.get(line.from);
      const to = right.get(line.to);
      const kind = line.denied > 0 ? ' denied' : line.failed > 0 ? ' failed' : '';
      svg.append(shape('path', { class: 'edge' + kind, 'stroke-width': (1.2 + Math.min(5, Math.log2(1 + line.rate) / 2)).toFixed(1),
        d: 'M300 ' + from + ' C440 ' + from + ' 440 ' + to + ' 560 ' + to + ' H720' }));
    }
    const words = new Map();
    for (const line of lines) {
      const said = words.get(line.to) || { rate: 0, denied: 0, failed: 0, modes: new Set() };
      said.rate += line.rate;
      said.denied += line.denied;
      said.failed += line.failed;
      said.modes.add(line.mode);
      words.set(line.to, said);
    }
    for (const [to, y] of right) {
      const said = words.get(to);
      svg.append(shape('text', { class: 'rate', x: 565, y: y - 5 }, [...said.modes].join(', ') + ' ' + perSecond(said) + '/s' +
        (said.denied > 0 ? ', ' + said.denied + ' denied' : '') + (said.failed > 0 ? ', ' + said.failed + ' failed' : '')));
      end(svg, 720, y, to);
    }
    for (const [from, y] of left) end(svg, 0, y, from);
    at('drawn').replaceChildren(svg);
  }

  function end(svg, x, y, name) {
    const width = x === 0 ? 300 : 280;
    svg.append(shape('rect', { class: 'end', x: x + 0.5, y: y - 13, width: width - 1, height: 26, rx: 5 }));
    const most = 38;
    svg.append(shape('text', { x: x + 10, y: y + 4 }, name.length > most ? name.slice(0, most - 1) + '…' : name));
  }

  function text(connection) {
    return [connection.id, connection.direction, connection.mode, connection.source, connection.destination, connection.service,
      connection.upstream, connection.outcome, connection.detail || ''].join(' ').toLowerCase();
  }

  function time(micros) {
    return micros < 1000 ? micros + ' µs' : micros < 1e6 ? (micros / 1e3).toFixed(1) + ' ms' : (micros / 1e6).toFixed(1) + ' s';
  }

  function cells(connection) {
    return [new Date(connection.accepted_us / 1000).toISOString().slice(11, 23), connection.direction, connection.mode,
      connection.source, connection.service, connection.upstream, connection.received, connection.sent,
      time(connection.duration_us), connection.outcome];
  }

  function row(connection) {
    let made = rows.get(connection.id);
    if (!made) {
      made = element('tr');
      made.dataset.id = connection.id;
      const button = element('button', connection.id);
      button.type = 'button';
      button.setAttribute('aria-label', 'path of connection ' + connection.id);
      const first = element('td');
      first.append(button);
      made.append(first);
      for (let i = 0; i < 10; i++) made.append(element('td', '', i > 5 && i < 9 ? 'n' : i > 2 && i < 6 ? 'mono' : ''));
      rows.set(connection.id, made);
    }
    cells(connection).forEach((value, i) => {
      const cell = made.cells[i + 1];
      if (cell.textContent !== String(value)) cell.textContent = value;
    });
    made.cells[10].className = connection.state === 'denied' || connection.state === 'failed' ? connection.state : '';
    made.title = connection.detail || '';
    made.className = connection.id === chosen ? 'chosen' : '';
    return made;
  }

  function showConnections() {
    const words = at('filter').value.trim().toLowerCase().split(/\s+/);
    const state = at('state').value;
    const gone = new Set(ended.map((connection) => connection.id));
    const all = open.filter((connection) => !gone.has(connection.id)).concat(ended);
    const found = all.filter((connection) => (state === '' || connection.state === state) &&
      words.every((word) => text(connection).includes(word)));
    const shown = found.slice(0, MOST_ROWS);
    const focused = document.activeElement;
    const made = shown.map(row);
    body('connections').replaceChildren(...made);
    if (focused && focused !== document.activeElement && focused.isConnected) focused.focus();
    const kept = new Set(shown.map((connection) => connection.id));
    for (const id of rows.keys()) if (!kept.has(id)) rows.delete(id);
    at('count').textContent = shown.length + ' of ' + (openTotal + endedTotal) + ' shown' +
      (found.length < all.length ? '; ' + found.length + ' match' : '') +
      (missed > 0 ? '; ' + missed + ' were not sent: at this rate the page gets a sample' : '');
  }

  function copy(from) {
    const made = document.createElementNS('http://www.w3.org/2000/svg', from.localName);
    for (const attribute of from.attributes) {
      if (ATTRIBUTES.has(attribute.name)) made.setAttribute(attribute.name, attribute.value);
    }
    if (from.localName === 'text') made.textContent = from.textContent;
    else for (const child of from.children) if (SHAPES.has(child.localName)) made.append(copy(child));
    return made;
  }

  async function showPath(id) {
    chosen = id;
    showConnections();
    let found;
    try {
      const answer = await fetch('/live/trace.json?id=' + id, { cache: 'no-store' });
      found = answer.ok
        ? copy(new DOMParser().parseFromString((await answer.json()).drawing, 'text/html').querySelector('svg'))
        : element('p', (await answer.text()).trim());
    } catch (e) {
      found = element('p', 'the proxy does not answer: ' + e.message);
    }
    // A later click may have been answered sooner.
    if (id !== chosen) return;
    at('drawing').replaceChildren(found);
    at('path-head').textContent = 'Path of connection ' + id;
    at('path').hidden = false;
    at('path-head').focus();
  }

  async function ask() {
    if (!paused && !document.hidden) {
      try {
        const answer = await fetch('/live.json?since=' + since, { cache: 'no-store' });
        if (!answer.ok) throw new Error((await answer.text()).trim());
        const content = await answer.json();
        if (!paused) take(content);
      } catch (e) {
        at('facts').className = 'gone';
        at('facts').textContent = 'the proxy does not answer: ' + e.message;
      }
    }
    setTimeout(ask, PERIOD);
  }

  at('filter').addEventListener('input', showConnections);
  at('state').addEventListener('change', showConnections);
  at('search').addEventListener('submit', (event) => event.preventDefault());
  at('pause').addEventListener('click', () => {
    paused = !paused;
    at('pause').textContent = paused ? 'Go on' : 'Pause';
    at('pause').setAttribute('aria-pressed', String(paused));
  });
  body('connections').addEventListener('click', (event) => {
    const target = event.target.closest('tr');
    if (target) showPath(Number(target.dataset.id));
  });
  ask();
})();
