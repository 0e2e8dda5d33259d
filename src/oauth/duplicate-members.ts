/**
 * Tells whether an object in a JSON text has a member twice: readers differ in which of the two
 * they take (RFC 8259 §4, RFC 8725 §2.6). The text must be valid JSON already.
 */
export function hasDuplicateMembers(json: string): boolean {
  /** One entry for each open object or array; arrays have no names. */
  const open: (Set<string> | undefined)[] = []
  for (const { 0: token, index } of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (isName(json, index + token.length)) {
      const names = open.at(-1)
      const name = JSON.parse(token) as string
      if (names?.has(name)) return true
      names?.add(name)
    }
  }
  return false
}

function isName(json: string, end: number): boolean {
  let at = end
  while (/\s/.test(json.charAt(at))) at += 1
  return json.charAt(at) === ':'
}
