import type { SecretClientOptions } from '@azure/keyvault-secrets'

type Policy = NonNullable<SecretClientOptions['additionalPolicies']>[number]['policy']

interface Item {
  readonly id: string
}

/** Keeps the tags of versions, which the emulator of the vault forgets, and lists them. */
export function keepTags(): Policy {
  const tags = new Map<string, unknown>()
  return {
    name: 'keepTags',
    async sendRequest(request, next) {
      const sent = typeof request.body === 'string' ? request.body : '{}'
      const response = await next(request)
      const body = JSON.parse(response.bodyAsText ?? '{}') as Partial<Item> & { value?: unknown }
      if (request.method === 'PUT' && body.id !== undefined)
        tags.set(body.id, (JSON.parse(sent) as { tags?: unknown }).tags)
      if (!Array.isArray(body.value)) return response
      const value = (body.value as Item[]).map((item) => ({ ...item, tags: tags.get(item.id) }))
      return { ...response, bodyAsText: JSON.stringify({ ...body, value }) }
    },
  }
}
