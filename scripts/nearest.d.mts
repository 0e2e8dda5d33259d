export function nearest(
  text: string,
  candidates: readonly string[],
  limit?: number,
): string | undefined
