// Caudal: progressive touches only. Every page looks and pays without this file.
const $ = (s, r = document) => r.querySelector(s);
const $$ = (s, r = document) => [...r.querySelectorAll(s)];
const on = (type, sel, fn) => document.addEventListener(type, e => { const t = e.target.closest?.(sel); if (t) fn(t, e); });
const typing = el => el.matches?.('input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable]');
const cookie = (name, value) => { document.cookie = `${name}=${value};path=/;max-age=${value ? 31536000 : 0};samesite=lax`; };

// The town's number format travels in data-*; data-sum and data-amount are plain decimals.
const format = box => box?.closest('[data-cur]')?.dataset ?? { cur: '', sep: '\u202f', dec: '2', point: ',' };
const fmt = (n, box) => {
  const { cur, sep, dec, point } = format(box), [i, f] = Math.abs(n).toFixed(+dec).split('.');
  return (n < 0 ? '−' : '') + cur + i.replace(/\B(?=(\d{3})+$)/g, sep) + (f ? point + f : '');
};
const plain = s => Number(s) || 0;
const typed = (s, box) => {
  const { sep, point } = format(box);
  return Number(s.replaceAll(sep, '').replaceAll(/[\s\u202f]/g, '').replace(point, '.').replace(/[^\d.-]/g, '')) || 0;
};
const total = boxes => Math.round(boxes.reduce((sum, b) => sum + plain(b.dataset.sum ?? b.dataset.amount) * 100, 0)) / 100;

// Dialogs: <button commandfor="id" command="show-modal"> is native; this is for older browsers and for keys.
if (!('commandForElement' in HTMLButtonElement.prototype))
  on('click', '[commandfor]', b => { const d = document.getElementById(b.getAttribute('commandfor')); b.getAttribute('command') === 'close' ? d.close() : d.showModal(); });
on('click', 'dialog', (d, e) => { if (e.target === d) d.close(); });
for (const d of $$('dialog[data-modal]')) { d.close(); d.showModal(); }   // its form came back with errors
$('[data-errors]:not(dialog *, .specimen *)')?.focus();

// Search palette: Ctrl-K anywhere; arrows move, Enter goes. The server answers with the options.
const palette = $('#palette');
if (palette) {
  const input = $('input', palette), list = $('#hits'), said = $('[role=status]', palette);
  const options = () => $$('[role=option]', list);
  const choose = o => { for (const x of options()) x.setAttribute('aria-selected', x === o); o?.scrollIntoView({ block: 'nearest' }); input.setAttribute('aria-activedescendant', o?.id ?? ''); };
  const show = html => {
    list.innerHTML = html;
    const n = options().length;
    list.hidden = !n; input.setAttribute('aria-expanded', n > 0); choose(options()[0]);
    said.textContent = !input.value.trim() ? '' : n === 1 ? '1 resultado' : `${n} resultados`;
  };
  let asked, wait;
  const ask = async () => {
    asked?.abort(); asked = new AbortController();
    if (input.value.trim().length < 2) return show('');
    try {
      const answer = await fetch(`${palette.dataset.search}?q=${encodeURIComponent(input.value)}`, { headers: { 'X-Palette': '1' }, signal: asked.signal });
      if (answer.ok) show(await answer.text());
    } catch (error) { if (error.name !== 'AbortError') said.textContent = 'Sin conexión: no se pudo buscar.'; }
  };
  document.addEventListener('keydown', e => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') { e.preventDefault(); if (!palette.open) palette.showModal(); }
  });
  input.addEventListener('input', () => { clearTimeout(wait); wait = setTimeout(ask, 120); });
  input.addEventListener('keydown', e => {
    const o = options(), i = o.findIndex(x => x.getAttribute('aria-selected') === 'true');
    if (o.length && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) { e.preventDefault(); choose(o[(i + (e.key === 'ArrowDown' ? 1 : o.length - 1)) % o.length]); }
    if (e.key === 'Enter' && o[i]) { e.preventDefault(); location.href = o[i].dataset.href; }
  });
  on('click', '#hits [role=option]', o => { location.href = o.dataset.href; });
}

// Selection bar: count and sum what is ticked.
const tally = form => {
  const boxes = $$('tbody input[type=checkbox]', form), hit = boxes.filter(b => b.checked), out = $('.picked output', form);
  if (out) out.textContent = `${hit.length} ${hit.length === 1 ? 'elegida' : 'elegidas'}${hit.some(b => b.dataset.sum) ? ` · ${fmt(total(hit), form)}` : ''}`;
  const all = $('thead input[type=checkbox]', form);
  if (all) { all.checked = hit.length > 0 && hit.length === boxes.length; all.indeterminate = hit.length > 0 && !all.checked; }
};
on('change', 'form[data-pick] input[type=checkbox]', box => {
  const form = box.form; if (box.closest('thead')) for (const b of $$('tbody input[type=checkbox]', form)) b.checked = box.checked;
  tally(form);
});
$$('form[data-pick]').forEach(tally);

// Oldest first: an item brings along what must be paid before it; leaving that out leaves the item out. It says why.
const debt = $('form[data-oldest-first]');
if (debt) {
  // The page brings its sentences along, in its language.
  const say = (sentence, facts) => debt.dataset[sentence].replace(/\{(\w+)\}/g, (_, name) => facts[name]);
  const boxes = $$('[data-amount]', debt), needs = (a, b) => a.dataset.needs.split(' ').includes(b.value);
  const paired = (a, b) => a.dataset.origin === b.value || b.dataset.origin === a.value;
  const sum = () => {
    const hit = boxes.filter(b => b.checked), due = total(hit), pay = $('#pay');
    $('#sum').textContent = fmt(due, debt); $('#count').textContent = say('count', { chosen: hit.length, all: boxes.length });
    pay.disabled = !hit.length; $('span', pay).textContent = hit.length ? say('pay', { sum: fmt(due, debt) }) : say('nothing');
  };
  const why = (b, box) => paired(b, box) ? say('together') : say(box.checked ? 'included' : 'excluded', { item: box.dataset.name });
  debt.addEventListener('change', e => {
    const queue = [e.target], moved = new Set(); if (!e.target.dataset.amount) return;
    $$('.why', debt).forEach(w => { w.textContent = ''; });
    for (const box of queue) for (const b of boxes) if (b.checked !== box.checked && (box.checked ? needs(box, b) : needs(b, box))) {
      b.checked = box.checked; moved.add(b); queue.push(b); $('.why', b.closest('label')).textContent = why(b, box);
    }
    $('#said').textContent = moved.size ? say(moved.size === 1 ? 'oneMoved' : 'moreMoved', { count: moved.size }) : '';
    sum();
  });
  sum();
}

// Rows by keyboard: J and K move (to the next page too), a letter presses the button that shows it. A person can turn letters off.
const rows = $('[data-rows]');
const letters = () => document.documentElement.dataset.keys !== 'off';
document.addEventListener('keydown', e => {
  if (!letters() || typing(e.target) || e.ctrlKey || e.metaKey || e.altKey || $('dialog[open]')) return;
  const k = e.key.toLowerCase(), step = { j: 1, k: -1 }[k];
  if (rows && step) {
    const list = $$('tbody tr', rows), at = list.findIndex(r => r.getAttribute('aria-selected') === 'true'), next = list[at + step];
    if (next) $('a', next)?.click(); else $(step > 0 ? 'a[rel=next]' : 'a[rel=prev]')?.click();
  } else if (/^[a-z]$/.test(k)) {
    const b = $(`button[data-key="${k}"], a[data-key="${k}"]`); if (!b) return;
    const empty = (b.dataset.needs ?? '').split(' ').map(id => document.getElementById(id)).find(i => i && !i.value);
    e.preventDefault(); empty ? empty.focus() : b.click();            // what the choice still needs comes first
  }
});
if (rows && matchMedia('(min-width: 72rem)').matches) $('tr[aria-selected=true]', rows)?.scrollIntoView({ block: 'nearest' });

// Cashier: items decide the total, what is tendered decides the change.
const till = $('form[data-till]');
if (till) {
  const calc = () => {
    const due = total($$('[data-sum]:checked', till)), paid = typed(till.elements.tendered?.value ?? '', till);
    $('#total').textContent = fmt(due, till); $('#rest').textContent = fmt(total($$('[data-sum]:not(:checked)', till)), till);
    $('#change').textContent = paid ? fmt(Math.abs(paid - due), till) : '—';
    $('#change-word').textContent = paid && paid < due ? 'Falta' : 'Vuelto'; $('#charge span').textContent = `Cobrar ${fmt(due, till)}`; $('#charge').disabled = !due;
  };
  till.addEventListener('input', calc);
  on('click', '[data-bill]', b => {
    const amount = b.dataset.bill === 'exact' ? total($$('[data-sum]:checked', till)) : plain(b.dataset.bill);
    till.elements.tendered.value = fmt(amount, till).replace(format(till).cur, ''); calc();
  });
  const byAge = $$('[data-due]', till).sort((a, b) => a.dataset.due.localeCompare(b.dataset.due));
  document.addEventListener('keydown', e => {                 // arrows: pay up to here, oldest first
    if (/^Arrow(Up|Down)$/.test(e.key) && !$('dialog[open]') && !e.target.matches('[type=radio], select')) {
      e.preventDefault(); const n = byAge.filter(b => b.checked).length + (e.key === 'ArrowDown' ? 1 : -1);
      byAge.forEach((b, i) => { b.checked = i < n; }); calc();
    }
    if (/^F[2-9]$/.test(e.key)) { const b = $(`[data-key="${e.key}"]`); if (b) { e.preventDefault(); b.matches('input:not([type=radio])') ? b.select() : b.click(); } }
  });
  calc();
}

// Keypad: types into the field its form names; warns, never blocks.
on('click', '.keypad button', b => {
  const input = document.getElementById(b.closest('.keypad').dataset.for), k = b.value, most = input.maxLength > 0 ? input.maxLength : 12;
  input.value = k === 'back' ? input.value.slice(0, -1) : k === 'clear' ? '' : (input.value + k).slice(0, most);
  input.dispatchEvent(new Event('input', { bubbles: true }));
});
on('input', '[data-last]', i => {
  const used = plain(i.value) - plain(i.dataset.last), [lo, hi] = i.dataset.range.split(' ').map(Number);
  const ready = i.value && (i.value.length >= i.dataset.last.length || used >= 0);
  $('#used').textContent = ready ? `${used} m³` : '—'; $('#warn').hidden = !(ready && (used < lo || used > hi));
});

// Tell the file's name once chosen; colour the drop zone while something hangs over it.
for (const d of $$('.drop')) {
  const input = $('input', d);
  input.addEventListener('change', () => { if (input.files[0]) $('strong', d).textContent = input.files[0].name; });
  for (const [type, over] of [['dragover', true], ['dragleave', false], ['drop', false]]) d.addEventListener(type, () => d.classList.toggle('over', over));
}

// Toasts leave by themselves unless they offer a way back.
for (const t of $$('.toast')) if (!$('a, form', t)) setTimeout(() => { if (!t.matches(':hover, :focus-within')) t.hidden = true; }, 8000);
on('click', '[data-close]', b => { b.closest('.toast').hidden = true; });
on('click', '[data-print]', () => print());

// A form is sent once; going back makes it ready again.
document.addEventListener('submit', e => {
  const form = e.target; if (e.defaultPrevented || form.method === 'dialog' || form.method === 'get') return;
  if (form.dataset.sent) return e.preventDefault();
  form.dataset.sent = '1'; e.submitter?.setAttribute('aria-busy', 'true');
});
addEventListener('pageshow', () => { for (const f of $$('form[data-sent]')) { delete f.dataset.sent; $('[aria-busy]', f)?.removeAttribute('aria-busy'); } });

// What a person chose for this device: light or dark, letters as keys. Kept in cookies, so that the server draws it right at once.
for (const box of $$('[data-device]')) {
  box.hidden = false;
  const name = box.dataset.device, root = document.documentElement;
  for (const input of $$('input', box)) input.checked = input.value === (root.dataset[name] ?? '');
  box.addEventListener('change', e => { const v = e.target.value; v ? root.dataset[name] = v : delete root.dataset[name]; cookie(name, v); });
}

// How long the server took, for the foot of the demo.
for (const foot of $$('[data-server-time]')) {
  const took = performance.getEntriesByType('navigation')[0]?.serverTiming?.find(t => t.name === 'total')?.duration;
  if (took) { $('b', foot).textContent = `${Math.round(took)} ms`; foot.hidden = false; }
}
