/**
 * The value of a parameter that may be given once (RFC 6749 §3.1); an empty one counts as absent.
 * What is given twice is answered by `onTwice`, which may throw.
 */
export function singleParameter(
  parameters: URLSearchParams,
  name: string,
  onTwice: () => undefined,
): string | undefined {
  const values = parameters.getAll(name)
  return values.length > 1 ? onTwice() : values[0] || undefined
}
