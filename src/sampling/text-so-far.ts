// What stands before the token that is to be chosen. The engine's sequences are such texts.

export interface TextSoFar {
  readonly promptIds: Int32Array;
  /** May be longer: only the first `generatedCount` count. */
  readonly generatedIds: Int32Array;
  readonly generatedCount: number;
}

/** Whether all but the last token of a sequence end prompt and text. */
export function canComplete(text: TextSoFar, sequence: Int32Array): boolean {
  const { promptIds, generatedIds, generatedCount } = text;
  const before = sequence.length - 1;
  const start = promptIds.length + generatedCount - before;
  if (start < 0) return false;
  for (let index = 0; index < before; index += 1) {
    const place = start + index;
    const inPrompt = place < promptIds.length;
    const id = inPrompt ? promptIds[place] : generatedIds[place - promptIds.length];
    if (id !== sequence[index]) return false;
  }
  return true;
}
