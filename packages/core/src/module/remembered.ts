const limit = 1000;

/** A function of a text that is computed once for each text: every call asks for the same few names and axes. */
export function remembered<T>(compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    let value = known.get(text);
    if (value === undefined) {
      value = compute(text);
      if (known.size < limit) known.set(text, value);
    }
    return value;
  };
}
