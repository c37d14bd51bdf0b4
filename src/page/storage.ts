// What the browser remembers for the page. Where it may not, the page forgets and works all the same.

export function remember(storage: () => Storage, name: string, value: string | null): void {
  try {
    if (value === null) storage().removeItem(`kvasir.${name}`);
    else storage().setItem(`kvasir.${name}`, value);
  } catch {
    // Full, or not allowed.
  }
}

export function recall(storage: () => Storage, name: string): string | null {
  try {
    return storage().getItem(`kvasir.${name}`);
  } catch {
    return null;
  }
}

/** As long as the tab is open. */
export const forTheTab = (): Storage => sessionStorage;
export const forGood = (): Storage => localStorage;
