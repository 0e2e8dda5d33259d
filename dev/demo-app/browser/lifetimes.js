// @ts-check
import { clock } from './messages.js'
import { byId, fill } from './view.js'

/** @typedef {import('./bff.js').SignedIn} SignedIn */
/** @typedef {{idle: number, absolute: number, token: number | undefined}} Ends in ms since 1970 */

const longestWarning = 120
const shortestWarning = 20

/**
 * Shows how long session and access token last, counted by this clock from the seconds that the server sent.
 * @param {{onWarning: (secondsLeft: number, canExtend: boolean) => void, onEnd: () => unknown}} handlers
 */
export function createLifetimes({ onWarning, onEnd }) {
  /** @type {Ends | undefined} */
  let ends
  const longest = { session: 0, token: 0 }
  let refreshed = 0
  let warned = false

  setInterval(tick, 1_000)

  /** @param {SignedIn} session @returns {boolean} whether the access token is another one than before */
  function start(session) {
    const now = Date.now()
    const token = session.accessTokenExpiresIn
    const renewed = ends?.token !== undefined && now + (token ?? 0) * 1_000 > ends.token + 2_000
    if (renewed) refreshed += 1
    ends = {
      idle: now + session.idleExpiresIn * 1_000,
      absolute: now + session.expiresIn * 1_000,
      token: token === null ? undefined : now + token * 1_000,
    }
    // The server tells what is left, not what there was: the most that was ever seen, in full five minutes.
    longest.session = Math.max(longest.session, roundUp(secondsLeft(ends)))
    longest.token = Math.max(longest.token, roundUp(token ?? 0))
    warned = secondsLeft(ends) <= warnAt() && warned
    update(ends)
    return renewed
  }

  function tick() {
    if (ends === undefined) return
    if (secondsLeft(ends) > 0) {
      update(ends)
      return
    }
    ends = undefined
    onEnd()
  }

  /** @param {Ends} ends */
  function update(ends) {
    const left = secondsLeft(ends)
    show(ends, left)
    if (left > warnAt() || warned) return
    warned = true
    onWarning(left, ends.idle < ends.absolute)
  }

  function warnAt() {
    return Math.min(longestWarning, Math.max(shortestWarning, longest.session / 5))
  }

  /** @param {Ends} ends @param {number} left */
  function show(ends, left) {
    setMeter('session-meter', left, longest.session, warnAt())
    const total = Math.round(longest.session / 60)
    const until = clock(new Date(ends.absolute))
    fill('session-left', `${minutes(left, total)}, renewed on use. Ends at ${until} at the latest.`)
    const token = ends.token === undefined ? 0 : Math.max(0, (ends.token - Date.now()) / 1_000)
    setMeter('token-meter', token, longest.token || 1)
    const times =
      refreshed === 0 ? '' : ` Refreshed ${refreshed === 1 ? 'once' : `${refreshed} times`}.`
    fill('token-left', `${token === 0 ? 'Renewed when next used' : minutes(token)}.${times}`)
  }

  return {
    start,
    stop() {
      ends = undefined
    },
  }
}

/** @param {Ends} ends */
function secondsLeft(ends) {
  return (Math.min(ends.idle, ends.absolute) - Date.now()) / 1_000
}

/** @param {number} seconds */
function roundUp(seconds) {
  return Math.ceil(seconds / 300) * 300
}

/** @param {number} seconds @param {number} [total] in minutes */
function minutes(seconds, total) {
  if (seconds < 60) return 'Less than a minute left'
  const left = Math.floor(seconds / 60)
  if (total === undefined) return `${left} ${left === 1 ? 'minute' : 'minutes'} left`
  return `${left} of ${total} minutes left`
}

/** @param {string} id @param {number} value @param {number} max @param {number} low */
function setMeter(id, value, max, low = 0) {
  const meter = byId(id)
  const percent = Math.round(Math.min(1, Math.max(0, value / max)) * 100)
  meter.setAttribute('aria-valuenow', String(percent))
  meter.classList.toggle('low', value <= low)
  meter.querySelector('rect')?.setAttribute('width', `${percent}%`)
}
