type Constraint = (value: string) => boolean

const guid = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i

const simple: Readonly<Record<string, Constraint>> = {
  int: integerBetween(-(2n ** 31n), 2n ** 31n - 1n),
  long: integerBetween(-(2n ** 63n), 2n ** 63n - 1n),
  guid: (value) => guid.test(value),
  bool: (value) => /^(true|false)$/i.test(value),
  alpha: (value) => /^[a-z]*$/i.test(value),
  datetime: (value) => !Number.isNaN(Date.parse(value)),
  decimal: isNumber,
  double: isNumber,
  float: isNumber,
}

const withNumbers: Readonly<Record<string, (...limits: number[]) => Constraint>> = {
  min:
    (low = 0) =>
    (value) =>
      isInteger(value) && Number(value) >= low,
  max:
    (high = 0) =>
    (value) =>
      isInteger(value) && Number(value) <= high,
  range:
    (low = 0, high = 0) =>
    (value) =>
      isInteger(value) && Number(value) >= low && Number(value) <= high,
  length:
    (low = 0, high = low) =>
    (value) =>
      value.length >= low && value.length <= high,
  minlength:
    (low = 0) =>
    (value) =>
      value.length >= low,
  maxlength:
    (high = 0) =>
    (value) =>
      value.length <= high,
}

/**
 * Reads an inline constraint of an ASP.NET route, for example `int`, `range(1,10)` or `regex(^\d$)`.
 * Throws for an unknown one, which on Azure takes the whole host down.
 */
export function parseConstraint(text: string): Constraint {
  const [, name = text, argument] = /^([a-z]+)\((.*)\)$/is.exec(text) ?? []
  const key = name.toLowerCase()
  if (argument === undefined && simple[key] !== undefined) return simple[key]
  if (argument !== undefined && key === 'regex') {
    const pattern = new RegExp(argument, 'i')
    return (value) => pattern.test(value)
  }
  const limited = argument === undefined ? undefined : withNumbers[key]
  if (limited === undefined) {
    throw new Error(`the inline constraint "${text}" could not be resolved`)
  }
  return limited(...(argument ?? '').split(',').map(Number))
}

function integerBetween(low: bigint, high: bigint): Constraint {
  return (value) => isInteger(value) && BigInt(value) >= low && BigInt(value) <= high
}

function isInteger(value: string): boolean {
  return /^-?\d+$/.test(value)
}

function isNumber(value: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)
}
