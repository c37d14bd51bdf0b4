// The settings as a form. What is changed is remembered, and stands in the address, so that a link
// carries it.

import { byId, make } from './element.ts';
import { makeNotice, say } from './notice.ts';
import {
  fromQuery,
  type Setting,
  type SettingName,
  type Settings,
  settingNames,
  settingTable,
  toQuery,
} from './settings.ts';
import { forGood, recall, remember } from './storage.ts';

type Control = HTMLInputElement | HTMLTextAreaElement;

export class SettingsForm {
  readonly #controls = new Map<SettingName, Control>();
  readonly #notices = new Map<string, HTMLElement>();

  constructor() {
    // On a small screen they would stand between the prompt and the texts.
    byId<HTMLDetailsElement>('settings').open = !matchMedia('(max-width: 60rem)').matches;
    const place = byId('settings-fields');
    for (const name of settingNames) place.append(this.#field(name, settingTable[name]));
    const address = location.hash.slice(1);
    this.#show(fromQuery(new URLSearchParams(address || (recall(forGood, 'settings') ?? ''))));
    addEventListener('hashchange', () => {
      this.#show(fromQuery(new URLSearchParams(location.hash.slice(1))));
      this.#remember();
    });
    byId('reset-settings').addEventListener('click', () => {
      this.#show(fromQuery(new URLSearchParams()));
      this.#remember();
    });
    this.#remember();
  }

  get values(): Settings {
    const entries = [...this.#controls].map(([name, control]) => [name, control.value]);
    return Object.fromEntries(entries) as Settings;
  }

  /** False, and said why, where a field has something that is no number. */
  areReadable(): boolean {
    const unreadable = [...this.#controls].find(([, { validity }]) => validity.badInput);
    return unreadable === undefined || !this.complain(unreadable[0], 'This is not a number.');
  }

  /** False where no setting has this name. */
  complain(name: string | null, sentence: string): boolean {
    const notice = this.#notices.get(name ?? '');
    if (notice === undefined) return false;
    byId<HTMLDetailsElement>('settings').open = true;
    say(notice, inWordsOfTheForm(name as SettingName, sentence));
    const control = this.#controls.get(name as SettingName)!;
    control.setAttribute('aria-invalid', 'true');
    control.focus();
    return true;
  }

  forgive(): void {
    for (const notice of this.#notices.values()) say(notice, '');
    for (const control of this.#controls.values()) control.removeAttribute('aria-invalid');
  }

  #field(name: SettingName, setting: Setting): HTMLElement {
    const id = `setting-${name}`;
    const control = makeControl(id, setting);
    const notice = makeNotice();
    notice.id = `${id}-notice`;
    control.setAttribute('aria-describedby', `${id}-hint ${notice.id}`);
    this.#controls.set(name, control);
    this.#notices.set(name, notice);
    const label = make('label', { for: id }, setting.label);
    if (setting.kind === 'slider') {
      const value = make('output', { for: id });
      label.append(value);
      const tell = () => {
        value.textContent = Number(control.value).toFixed(2);
      };
      control.addEventListener('input', tell);
      control.addEventListener('shown', tell);
    }
    control.addEventListener('input', () => this.#remember());
    const hint = make('p', { id: `${id}-hint`, class: 'hint' }, setting.hint);
    return make('div', { class: `field ${setting.kind}` }, label, control, hint, notice);
  }

  #show(settings: Settings): void {
    for (const [name, control] of this.#controls) {
      control.value = settings[name];
      control.dispatchEvent(new Event('shown'));
    }
  }

  #remember(): void {
    const query = toQuery(this.values);
    remember(forGood, 'settings', query || null);
    const address = `${location.pathname}${location.search}`;
    history.replaceState(null, '', query === '' ? address : `${address}#${query}`);
  }
}

/** The server calls a setting by the name that its requests have. */
function inWordsOfTheForm(name: SettingName, sentence: string): string {
  const isCalled = sentence.toLowerCase().startsWith(`${name} `);
  return isCalled ? settingTable[name].label + sentence.slice(name.length) : sentence;
}

function makeControl(id: string, { kind, least, most, step, blank, usual }: Setting): Control {
  if (kind === 'lines') {
    return make('textarea', { id, rows: '2', placeholder: blank ?? '', spellcheck: 'false' });
  }
  return make('input', {
    id,
    type: kind === 'slider' ? 'range' : 'number',
    ...(kind === 'number' && { inputmode: 'numeric', placeholder: blank ?? usual }),
    ...(least !== undefined && { min: String(least) }),
    ...(most !== undefined && { max: String(most) }),
    step: String(step ?? 1),
    autocomplete: 'off',
  });
}
