// SPDX-License-Identifier: Apache-2.0
'use strict';
for (const box of document.querySelectorAll('input[data-layer]')) {
  const layer = document.querySelector(`#${box.dataset.map} .${box.dataset.layer}`);
  const show = () => { box.checked ? layer.removeAttribute('hidden') : layer.setAttribute('hidden', ''); };
  box.addEventListener('change', show);
  show();
}
for (const slider of document.querySelectorAll('input[data-split]')) {
  const viewer = document.getElementById(slider.dataset.split), width = viewer.viewBox.baseVal.width;
  const split = () => {
    const x = width * slider.value / 100;
    viewer.querySelector('.split').setAttribute('x', x);
    viewer.querySelector('.split-line').setAttribute('transform', `translate(${x} 0)`);
  };
  slider.addEventListener('input', split);
  viewer.addEventListener('pointermove', (event) => {
    if (!(event.buttons & 1)) return;
    const box = viewer.getScreenCTM();
    slider.value = 100 * (event.clientX - box.e) / box.a / width;
    split();
  });
  split();
}
for (const table of document.querySelectorAll('table.objects')) {
  const marker = document.querySelector(`#${table.dataset.viewer} .marker`), body = table.tBodies[0];
  const mark = (event) => {
    const row = event.target.closest('tr[data-box]');
    if (!row) return;
    const [x, y, width, height] = row.dataset.box.split(' ').map(Number);
    for (const [name, value] of Object.entries({x: x - 4, y: y - 4, width: width + 8, height: height + 8}))
      marker.setAttribute(name, value);
    marker.removeAttribute('hidden');
  };
  body.addEventListener('focusin', mark);
  body.addEventListener('pointerover', mark);
  body.addEventListener('keydown', (event) => {
    const row = event.target.closest('tr');
    const next = {ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling}[event.key];
    if (event.key === 'Enter') document.getElementById(table.dataset.viewer).scrollIntoView();
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  for (const button of table.querySelectorAll('th button')) {
    let down = false;
    button.addEventListener('click', () => {
      const column = button.closest('th').cellIndex, sign = down ? 1 : -1;
      down = !down;
      const key = (row) => row.cells[column].textContent;
      body.append(...[...body.rows].sort((a, b) => sign * key(a).localeCompare(key(b), 'en', {numeric: true})));
    });
  }
}
