import { expect, test } from 'vitest'
import { createFunctionTable } from '../../../dev/functions-host/function-table.ts'

function tableOf(route: string | undefined, routePrefix: string) {
  const trigger = { type: 'httpTrigger', direction: 'in', methods: ['GET'] } as const
  const bindings = { request: route === undefined ? trigger : { ...trigger, route } }
  const metadata = { name: 'hello', functionId: 'id', bindings }
  return createFunctionTable([metadata], { routePrefix, setting: () => undefined })
}

test.each([
  ['admin', ''],
  ['administration', ''],
  ['/Runtime-status', ''],
  ['admin/thing', 'api'],
])('leaves out a function whose route %s begins like a built-in one (prefix "%s")', (...args) => {
  const { http, mistakes } = tableOf(...args)

  expect(http).toEqual([])
  expect(mistakes).toEqual([expect.stringContaining('built-in route')])
})

test('does not look at the prefix for a built-in route', () => {
  expect(tableOf('thing', 'admin').http).toMatchObject([{ route: 'admin/thing' }])
})

test.each([undefined, '', ' '])('takes the name where the route is "%s"', (route) => {
  expect(tableOf(route, 'api').http).toMatchObject([{ route: 'api/hello' }])
})
