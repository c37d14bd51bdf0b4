// What a reader can set: one table, from which come the form, the request, and what a link carries.
// Values are held as they were typed; an empty one means what the table says.

export interface Setting {
  readonly label: string;
  readonly hint: string;
  readonly kind: 'slider' | 'number' | 'lines';
  readonly usual: string;
  readonly least?: number;
  readonly most?: number;
  readonly step?: number;
  /** Shown where nothing is typed. */
  readonly blank?: string;
}

export const settingTable = {
  temperature: {
    label: 'Temperature',
    hint: '0 always takes the likeliest token',
    kind: 'slider',
    usual: '0.8',
    least: 0,
    most: 2,
    step: 0.05,
  },
  top_p: {
    label: 'Top-p',
    hint: 'draws from the likeliest that together have this probability',
    kind: 'slider',
    usual: '1',
    least: 0.05,
    most: 1,
    step: 0.05,
  },
  top_k: {
    label: 'Top-k',
    hint: 'draws from so many of the likeliest; 0: from all',
    kind: 'number',
    usual: '40',
    least: 0,
  },
  max_tokens: {
    label: 'Max tokens',
    hint: 'of each continuation',
    kind: 'number',
    usual: '120',
    least: 1,
  },
  n: {
    label: 'Continuations',
    hint: 'side by side',
    kind: 'number',
    usual: '1',
    least: 1,
    most: 16,
  },
  seed: {
    label: 'Seed',
    hint: 'the same seed gives the same text',
    kind: 'number',
    usual: '',
    blank: 'by chance',
  },
  stop: {
    label: 'Stop sequences',
    hint: 'one a line; \\n stands for a line break',
    kind: 'lines',
    usual: '',
    blank: 'nothing',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settingTable;
export type Settings = Record<SettingName, string>;

export const settingNames = Object.keys(settingTable) as SettingName[];

export function usualSettings(): Settings {
  return Object.fromEntries(
    settingNames.map((name) => [name, settingTable[name].usual]),
  ) as Settings;
}

/** Those that were changed, as `temperature=1.2&n=3`. */
export function toQuery(settings: Settings): string {
  const query = new URLSearchParams();
  for (const name of settingNames) {
    if (settings[name] !== settingTable[name].usual) query.set(name, settings[name]);
  }
  return query.toString();
}

/** What is not in the query is as usual. */
export function fromQuery(query: URLSearchParams): Settings {
  const settings = usualSettings();
  for (const name of settingNames) settings[name] = query.get(name) ?? settings[name];
  return settings;
}

/** The fields of a request that say how to generate. */
export function samplingFields(settings: Settings): Record<string, number | string[]> {
  const fields: Record<string, number | string[]> = {};
  for (const name of settingNames) {
    if (name === 'stop') continue;
    const value = settings[name].trim() || settingTable[name].usual;
    if (value !== '') fields[name] = Number(value);
  }
  const stop = settings.stop.split('\n').filter((line) => line !== '');
  if (stop.length > 0) fields['stop'] = stop.map(unescaped);
  return fields;
}

function unescaped(line: string): string {
  const meanings: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' };
  return line.replace(/\\([ntr\\])/g, (_, letter: string) => meanings[letter]!);
}
