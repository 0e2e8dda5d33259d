const namedSecret =
  /((?:code|state|nonce|code_verifier|client_secret|client_assertion|password|token|cookie)["']?\s*[=:]\s*["']?)([\w.~+/%-]{5,})/gi
/** An error code of ours or of OAuth: an authorization code is no row of words. */
const ownCode = /^code["']?\s*[=:]\s*["']?[a-z]+(?:_[a-z]+)+$/
const longOpaque = /\b[\w-]{36,}(?:\.[\w-]{8,})*/g
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Cuts what may be a secret, a code or a token to its first 4 characters, for the terminal. */
export function redact(text: string): string {
  return text
    .replace(namedSecret, (whole, name: string, value: string) =>
      ownCode.test(whole) ? whole : `${name}${cut(value)}`,
    )
    .replace(longOpaque, (value) => (guid.test(value) ? value : cut(value)))
}

function cut(value: string): string {
  return `${value.slice(0, 4)}…`
}
