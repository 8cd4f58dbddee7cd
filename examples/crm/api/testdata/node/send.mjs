// Sends one call of each kind with Segment's client: node send.mjs http://127.0.0.1:8080 writeKey
import { Analytics } from '@segment/analytics-node'

const [host, writeKey] = process.argv.slice(2)
const analytics = new Analytics({ host, writeKey, flushAt: 20, flushInterval: 200, maxRetries: 2 })
const failures = []
analytics.on('error', (error) => failures.push(error.reason?.message ?? error.code))

const sent = new Promise((resolve) => {
  let left = 6
  const one = (error) => {
    if (error) failures.push(String(error))
    if (--left === 0) resolve()
  }
  analytics.page({ anonymousId: 'node-visitor', properties: { path: '/pricing' }, context: { campaign: { medium: 'cpc', name: 'spring' } } }, one)
  analytics.identify({ userId: 'node-user', anonymousId: 'node-visitor', traits: { email: 'node@example.com', firstName: 'Nora', lastName: 'Node', company: { name: 'Node & Co', employee_count: 250 } } }, one)
  analytics.group({ userId: 'node-user', groupId: 'acc-node', traits: { industry: 'software' } }, one)
  analytics.track({ userId: 'node-user', event: 'Demo Requested', properties: { note: '<b>"now"</b> — bitte' }, timestamp: new Date('2026-03-01T10:00:00Z') }, one)
  analytics.screen({ userId: 'node-user', name: 'Home' }, one)
  analytics.alias({ userId: 'node-user', previousId: 'node-old' }, one)
})
await Promise.race([sent, new Promise((_, reject) => setTimeout(() => reject(new Error('no answer within 20 s')), 20000).unref())])
await analytics.closeAndFlush({ timeout: 5000 })

// A trait of a wrong form is refused, and the client is told so.
const strict = new Analytics({ host, writeKey, flushInterval: 200, maxRetries: 2 })
let refused
strict.on('error', (error) => { refused = error.reason?.message ?? error.code })
strict.identify({ userId: 'node-user', traits: { email: 'nobody' } })
await strict.closeAndFlush({ timeout: 5000 })

console.log(JSON.stringify({ failures, refused }))
