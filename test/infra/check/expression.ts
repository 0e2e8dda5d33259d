/**
 * Evaluates what a predicted deployment leaves open because it depends on the cloud, for the public
 * one: `format`, `join`, `createArray`, texts, numbers and the suffixes of `environment()`. Returns
 * undefined for anything else, such as what only the deployed resource knows.
 */
export function evaluate(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('[') || value.startsWith('[[')) return value
  const tokens = value.slice(1, -1).match(/'(?:[^']|'')*'|[\w.()]*environment\(\)[\w.]*|\w+|[(),]/g)
  const reader = { tokens: tokens ?? [], at: 0 }
  const result = readExpression(reader)
  return reader.at === reader.tokens.length ? result : undefined
}

interface Reader {
  readonly tokens: readonly string[]
  at: number
}

const publicCloud: Readonly<Record<string, string>> = {
  'environment().authentication.loginEndpoint': 'https://login.microsoftonline.com/',
  'environment().suffixes.keyvaultDns': '.vault.azure.net',
  'environment().suffixes.storage': 'core.windows.net',
}

const functions: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  createArray: (args) => args,
  format: ([text, ...args]) =>
    String(text).replace(/\{(\d+)\}/g, (_, index: string) => String(args[Number(index)])),
  join: ([list, separator]) => (list as readonly unknown[]).join(String(separator)),
}

function readExpression(reader: Reader): unknown {
  const token = reader.tokens[reader.at] ?? ''
  reader.at += 1
  if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'")
  if (token in publicCloud) return publicCloud[token]
  if (/^\d+$/.test(token)) return Number(token)
  const call = functions[token]
  if (call === undefined || reader.tokens[reader.at] !== '(') return undefined
  const args = readArguments(reader)
  return args.includes(undefined) ? undefined : call(args)
}

function readArguments(reader: Reader): unknown[] {
  const args: unknown[] = []
  do {
    reader.at += 1
    args.push(readExpression(reader))
  } while (reader.tokens[reader.at] === ',')
  reader.at += 1
  return args
}
