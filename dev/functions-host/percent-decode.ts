const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Decodes percent-encoding once, as Kestrel does: what is not valid UTF-8 or not an escape at all
 * stays as it was sent, and so do the octets in `kept`.
 */
export function percentDecode(text: string, kept: readonly number[] = []): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => decodeRun(run, kept))
}

function decodeRun(run: string, kept: readonly number[]): string {
  const bytes = Buffer.from(run.replaceAll('%', ''), 'hex')
  let decoded = ''
  for (let index = 0; index < bytes.length;) {
    const character = kept.includes(bytes[index] ?? 0) ? undefined : characterAt(bytes, index)
    decoded += character?.text ?? run.slice(index * 3, index * 3 + 3)
    index += character?.length ?? 1
  }
  return decoded
}

function characterAt(
  bytes: Uint8Array,
  index: number,
): { text: string; length: number } | undefined {
  const first = bytes[index] ?? 0
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  try {
    return { text: utf8.decode(bytes.subarray(index, index + length)), length }
  } catch {
    return undefined
  }
}
