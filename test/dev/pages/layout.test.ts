import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { html, markupOf } from '../../../dev/pages/html.ts'
import { page, pageHeaders } from '../../../dev/pages/layout.ts'

test('text from outside is escaped, also inside attributes', () => {
  const name = `<img src=x onerror='a'> & "b"`
  expect(markupOf(html`<p title="${name}">${name}</p>`)).toBe(
    '<p title="&lt;img src=x onerror=&#39;a&#39;&gt; &amp; &quot;b&quot;">' +
      '&lt;img src=x onerror=&#39;a&#39;&gt; &amp; &quot;b&quot;</p>',
  )
})

test('markup made by html, and lists of it, are kept as they are', () => {
  const items = ['a', '<b>'].map((text) => html`<b>${text}</b>`)
  expect(markupOf(html`${items}${items[0]}`)).toBe('<b>a</b><b>&lt;b&gt;</b><b>a</b>')
})

test('an object that only looks like markup is not taken for it', () => {
  const forged = JSON.parse('{"html":"<script>"}') as string
  expect(() => markupOf(html`${forged}`)).toThrow(TypeError)
})

test('what is absent or false leaves nothing, zero stays', () => {
  expect(markupOf(html`${undefined}${null}${false}${0}`)).toBe('0')
})

test('a page has a language, a title, a header landmark and a main', () => {
  const document = page({ title: 'A & B', banner: 'Local', body: html`<h1>Hi</h1>` })
  expect(document).toMatch(/^<!doctype html>\s*<html lang="en">/)
  expect(document).toContain('<title>A &amp; B</title>')
  expect(document).toMatch(/<header>Local<\/header>\s*<main><h1>Hi<\/h1><\/main>/)
  expect(document).not.toContain('<script')
})

test('the content security policy allows exactly the stylesheet that the page carries', () => {
  const style = page({ title: '', banner: '', body: html`` }).match(/<style>(.*)<\/style>/s)?.[1]
  const hash = createHash('sha256')
    .update(style ?? '')
    .digest('base64')
  expect(pageHeaders()['content-security-policy']).toBe(
    `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  )
})

test('a page may name what else it needs', () => {
  const policy = pageHeaders({
    scriptSrc: "'self'",
    connectSrc: "'self'",
    frameSrc: 'http://127.0.0.1:7071',
    formAction: "'self' http://127.0.0.1:7072",
  })['content-security-policy']
  expect(policy).toContain("script-src 'self'; connect-src 'self'; frame-src http://127.0.0.1:7071")
  expect(policy).toContain("form-action 'self' http://127.0.0.1:7072")
})

test('no page is stored or sniffed', () => {
  expect(pageHeaders()).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
})
