import { type Deployment, ofType, type Resource, valueAt } from '../deployment.ts'

/** What has to be at a path: a value, or a pattern of the value's text. */
export type Expected = string | number | boolean | null | readonly unknown[] | RegExp

/** Type of resources → path → what each of them has to have there. */
export type Expectations = Readonly<Record<string, Readonly<Record<string, Expected>>>>

/** Says where resources differ from what is expected, and which types are absent altogether. */
export function compareAll(deployment: Deployment, expectations: Expectations): string[] {
  return Object.entries(expectations).flatMap(([type, paths]) => {
    const resources = ofType(deployment, type)
    if (resources.length === 0) return [`no resource of type ${type}`]
    return resources.flatMap((resource) =>
      Object.entries(paths).flatMap(([path, expected]) => compare(resource, path, expected)),
    )
  })
}

/** Says where one value of a resource differs from what is expected. */
export function compare(resource: Resource, path: string, expected: Expected): string[] {
  const actual = valueAt(resource, path)
  const matches =
    expected instanceof RegExp
      ? expected.test(String(actual))
      : JSON.stringify(actual) === JSON.stringify(expected)
  const wanted = expected instanceof RegExp ? String(expected) : JSON.stringify(expected)
  const { type, name } = resource
  return matches ? [] : [`${type} ${name}: ${path} is ${JSON.stringify(actual)}, not ${wanted}`]
}
