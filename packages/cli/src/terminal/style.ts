/** Text with colour, or without: every function gives its argument back unchanged where colour is off. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

const csi = "\u001b[";

function wrap(enabled: boolean, open: number, close: number): (text: string) => string {
  return enabled ? (text) => `${csi}${open}m${text}${csi}${close}m` : (text) => text;
}

export function createStyle(enabled: boolean): Style {
  return {
    bold: wrap(enabled, 1, 22),
    dim: wrap(enabled, 2, 22),
    red: wrap(enabled, 31, 39),
    green: wrap(enabled, 32, 39),
    yellow: wrap(enabled, 33, 39),
    cyan: wrap(enabled, 36, 39),
  };
}
