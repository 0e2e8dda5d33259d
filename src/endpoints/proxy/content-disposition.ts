const utf8 = new TextDecoder('utf-8', { fatal: true })
const token = /[\w!#$%&'+.^`|~-]+/.source
const parameter = new RegExp(
  `[ \\t]*;[ \\t]*(${token}\\*?)[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\[^])*)"|([^";]*))`,
  'y',
)

/**
 * A `Content-Disposition` in ASCII, which is all that the platform can send: a name in raw UTF-8 or
 * Latin-1 becomes `filename*` (RFC 6266 §4.3, RFC 8187) with a plain `filename` for old clients. Of
 * what cannot be read the type stays: an attachment is never shown in place.
 */
export function asciiDisposition(value: string): string | undefined {
  if (/^[\t\x20-\x7e]*$/.test(value)) return value
  const [, type] = new RegExp(`^[ \\t]*(${token})`).exec(value) ?? []
  if (type === undefined) return undefined
  const parameters = readParameters(decode(value).trim().slice(type.length))
  if (parameters === undefined) return type
  const hasExtended = parameters.some(([name]) => name === 'filename*')
  const written = parameters.flatMap(([name, text]) => write(name, text, hasExtended))
  return [type, ...written].join('; ')
}

function readParameters(text: string): (readonly [name: string, text: string])[] | undefined {
  const found: (readonly [string, string])[] = []
  let at = 0
  while (at < text.length) {
    parameter.lastIndex = at
    const [whole, name = '', quoted, plain = ''] = parameter.exec(text) ?? []
    if (whole === undefined) return /^[ \t;]*$/.test(text.slice(at)) ? found : undefined
    at += whole.length
    found.push([name.toLowerCase(), quoted?.replace(/\\([^])/g, '$1') ?? plain.trim()])
  }
  return found
}

function write(name: string, text: string, hasExtended: boolean): string[] {
  const isAscii = /^[\x20-\x7e]*$/.test(text)
  if (name.endsWith('*')) return isAscii ? [`${name}=${text}`] : []
  const plain = text.replace(/[^\x20-\x7e]/g, '_').replace(/["\\]/g, '\\$&')
  const extended = !isAscii && !hasExtended && name === 'filename'
  return [`${name}="${plain}"`, ...(extended ? [`filename*=UTF-8''${percentEncode(text)}`] : [])]
}

/** Node reads header bytes as Latin-1; most servers write UTF-8. */
function decode(value: string): string {
  try {
    return utf8.decode(Buffer.from(value, 'latin1'))
  } catch {
    return value
  }
}

function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  })
}
