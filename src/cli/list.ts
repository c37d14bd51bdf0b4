// `kvasir list`: what is in the cache folder, as a table or as JSON.

import type { ListSettings } from '../config.ts';
import { systemClock } from '../hub/clock.ts';
import { megabytes } from './hub-client.ts';
import { type InventoryItem, inventory } from './inventory.ts';
import { painter } from './style.ts';
import { requireReadableFolder } from './writable.ts';

export async function runList({ cacheDirectory, json }: ListSettings): Promise<void> {
  requireReadableFolder('--cache-directory', cacheDirectory);
  const items = await inventory(cacheDirectory, systemClock);
  console.log(json ? asJson(cacheDirectory, items) : asTable(cacheDirectory, items));
}

function asJson(cacheDirectory: string, items: readonly InventoryItem[]): string {
  return JSON.stringify({ cacheDirectory, items }, null, 2);
}

function asTable(cacheDirectory: string, items: readonly InventoryItem[]): string {
  if (items.length === 0) {
    return `nothing in ${cacheDirectory}; kvasir pull NAME fetches a model`;
  }
  const rows = items.map((item) => [
    item.name,
    described(item),
    `${megabytes(item.bytes)} MB`,
    item.lastUsed === null ? 'unknown' : shownTime(item.lastUsed),
  ]);
  const total = items.reduce((sum, { bytes }) => sum + bytes, 0);
  const header = ['model', 'what', 'size', 'last used'];
  const [heads, ...lines] = columns([header, ...rows]);
  const table = [painter(process.stdout)('bold', heads!), ...lines].join('\n');
  return `${table}\n\n${megabytes(total)} MB in ${cacheDirectory}`;
}

function described(item: InventoryItem): string {
  switch (item.kind) {
    case 'pulled':
      return `pulled, ${item.commit.slice(0, 12)}`;
    case 'unfinished':
      return item.isUnderWay ? 'is being pulled' : 'pull not finished';
    case 'exported': {
      const outdated = item.isOutdated ? ', outdated' : '';
      return `exported${item.formats === null ? '' : `, ${item.formats}`}${outdated}`;
    }
  }
}

/** Sizes stand to the right of their column. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const cell = (text: string, at: number) =>
    at === 2 ? text.padStart(widths[at]!) : text.padEnd(widths[at]!);
  return rows.map((row) => row.map(cell).join('  ').trimEnd());
}

/** `2026-03-01 14:05`, by the clock on the wall. */
function shownTime(time: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}
