// What the conversations of these clients have in common: a microphone that
// never stops, and waiting for what must happen.
import * as fs from 'node:fs'

export const patience = 20000 // ms for anything that must happen

/** Events that came, and those who wait for one. */
export class Book {
  events = []
  #waiting = new Set()

  add(event) {
    this.events.push(event)
    for (const check of this.#waiting) check()
  }

  /** The first event after the one last waited for that the test accepts. */
  #from = 0
  wait(what, accepts) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#waiting.delete(check)
        const last = this.events.slice(-12).map((e) => JSON.stringify(e).slice(0, 300)).join('\n')
        reject(new Error(`waited ${patience} ms for ${what}; the last events:\n${last}`))
      }, patience)
      const check = () => {
        for (let i = this.#from; i < this.events.length; i++) {
          if (accepts(this.events[i])) {
            this.#from = i + 1
            clearTimeout(late)
            this.#waiting.delete(check)
            resolve(this.events[i])
            return
          }
        }
      }
      this.#waiting.add(check)
      check()
    })
  }

  type(name) {
    return this.wait(name, (e) => e.type === name)
  }
}

/** A microphone of 24 kHz: silence, or what say() gives it, in real time. */
export class Microphone {
  #queue = Buffer.alloc(0)
  #timer
  constructor(send) {
    const began = performance.now()
    let sent = 0
    this.#timer = setInterval(() => {
      for (const due = (performance.now() - began) * 48; sent + 4320 <= due; sent += 4320) { // 90 ms
        const part = Buffer.alloc(4320)
        this.#queue.copy(part, 0, 0, 4320)
        this.#queue = this.#queue.subarray(4320)
        send(part)
      }
    }, 20)
  }

  /** Says a file of samples. */
  say(file) {
    this.#queue = Buffer.concat([this.#queue, fs.readFileSync(file)])
  }

  stop() {
    clearInterval(this.#timer)
  }
}

/** The loudest sample of base64 sound. */
export function loudest(base64) {
  const bytes = Buffer.from(base64, 'base64')
  let most = 0
  for (let i = 0; i + 1 < bytes.length; i += 2) most = Math.max(most, Math.abs(bytes.readInt16LE(i)))
  return most
}

/** Ends the program with what went wrong, if anything. */
export async function main(conversation) {
  try {
    await conversation()
    process.exit(0)
  } catch (err) {
    console.error(err.stack ?? String(err))
    process.exit(1)
  }
}

export function must(ok, what) {
  if (!ok) throw new Error(what)
}
