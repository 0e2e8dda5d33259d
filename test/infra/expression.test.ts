import { expect, test } from 'vitest'
import { evaluate } from './check/expression.ts'

test.each([
  ['plain', 'plain'],
  [22, 22],
  [
    "[format('https://{0}{1}', 'kv', environment().suffixes.keyvaultDns)]",
    'https://kv.vault.azure.net',
  ],
  [
    "[join(createArray(format('https://{0}.{1}', 'st', environment().suffixes.storage), 'b'), ',')]",
    'https://st.core.windows.net,b',
  ],
  ["[format('{0}', 'it''s')]", "it's"],
])('%s is known before a deployment', (expression, value) => {
  expect(evaluate(expression)).toBe(value)
})

test.each([
  "[reference('/subscriptions/1', '2024-11-01').defaultHostName]",
  "[parameters('clientSecret')]",
  "[base64(format('{0}{1}', newGuid(), newGuid()))]",
  "[format('{0}', reference('x').y)]",
])('%s is not', (expression) => {
  expect(evaluate(expression)).toBeUndefined()
})
