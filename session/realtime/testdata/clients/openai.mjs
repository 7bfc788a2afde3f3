// A conversation of npm openai's realtime client with a server whose address is
// in HUIKE_URL. What people recorded is in HOURS and LONG. Its last line says
// what it measured.
import OpenAI from 'openai'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'
import * as fs from 'node:fs'
import { Book, Microphone, loudest, main, must } from './call.mjs'

await main(async () => {
  const client = new OpenAI({ apiKey: process.env.HUIKE_KEY, baseURL: `${process.env.HUIKE_URL}/v1?as=13900005678` })
  const realtime = new OpenAIRealtimeWS({ model: 'huike' }, client)
  const book = new Book()
  const sound = new Map() // ms and loudness by response
  realtime.on('event', (event) => {
    if (event.type === 'response.output_audio.delta') {
      const s = sound.get(event.response_id) ?? { ms: 0, loud: 0 }
      s.ms += Buffer.from(event.delta, 'base64').length / 48
      s.loud = Math.max(s.loud, loudest(event.delta))
      sound.set(event.response_id, s)
    }
    book.add(event)
  })
  realtime.on('error', () => {}) // they are in the book

  const { session } = await book.type('session.created')
  must(session.type === 'realtime' && session.audio.input.turn_detection.type === 'server_vad', 'the first session')
  realtime.send({
    type: 'session.update',
    session: {
      type: 'realtime', instructions: 'Be kind.',
      tools: [{ type: 'function', name: 'order_status', description: 'Looks an order up.', parameters: { type: 'object', properties: {} } }],
    },
  })
  const updated = await book.type('session.updated')
  must(updated.session.instructions === 'Be kind.', 'instructions are echoed')
  const microphone = new Microphone((part) => realtime.send({ type: 'input_audio_buffer.append', audio: part.toString('base64') }))

  // It greets, and the events come in the documented order.
  const greeting = (await book.type('response.created')).response
  for (const type of ['response.output_item.added', 'conversation.item.added', 'response.content_part.added',
    'response.output_audio_transcript.delta', 'response.output_audio.delta', 'response.output_audio.done',
    'response.output_audio_transcript.done', 'response.content_part.done', 'conversation.item.done', 'response.output_item.done']) {
    await book.type(type)
  }
  let done = (await book.type('response.done')).response
  must(done.id === greeting.id && done.status === 'completed', 'the greeting is completed')
  must(done.output[0].content[0].transcript.includes('Mr Smith'), 'the greeting knows who calls')
  must(sound.get(done.id).ms > 2000 && sound.get(done.id).loud > 2000, 'the greeting is heard')

  // A person asks for the hours.
  microphone.say(process.env.HOURS)
  const started = await book.type('input_audio_buffer.speech_started')
  const stopped = await book.type('input_audio_buffer.speech_stopped')
  must(stopped.item_id === started.item_id && stopped.audio_end_ms > started.audio_start_ms, 'speech begins and ends')
  const committed = await book.type('input_audio_buffer.committed')
  must(committed.item_id === started.item_id && committed.previous_item_id === done.output[0].id, 'what was said is an item')
  const heard = await book.type('conversation.item.input_audio_transcription.completed')
  must(/hours/i.test(heard.transcript), `"Hours" was heard as "${heard.transcript}"`)
  const answer = (await book.type('response.created')).response
  await book.wait('the hours', (e) => e.type === 'response.output_audio_transcript.delta' && /open|to/i.test(e.delta))

  // Another interrupts the answer.
  await book.wait('a second of the answer', () => sound.get(answer.id)?.ms > 1000)
  microphone.say(process.env.LONG)
  const over = await book.type('input_audio_buffer.speech_started')
  const began = performance.now()
  done = (await book.wait('the end of the answer', (e) => e.type === 'response.done' && e.response.id === answer.id)).response
  const stop = Math.round(performance.now() - began)
  must(done.status === 'cancelled' && done.status_details.reason === 'turn_detected', `interrupted: ${JSON.stringify(done)}`)
  const cut = done.output[0]
  must(cut.status === 'incomplete' && cut.content[0].transcript.length > 0, 'what was heard of the answer')
  realtime.send({ type: 'conversation.item.truncate', item_id: cut.id, content_index: 0, audio_end_ms: 900 })
  must((await book.type('conversation.item.truncated')).audio_end_ms === 900, 'the answer is truncated')
  realtime.send({ type: 'conversation.item.truncate', item_id: cut.id, content_index: 0, audio_end_ms: 60000, event_id: 'mine' })
  const refused = (await book.type('error')).error
  must(refused.event_id === 'mine' && refused.param === 'audio_end_ms', `more than was said: ${JSON.stringify(refused)}`)
  const long = await book.wait('its words', (e) =>
    e.type === 'conversation.item.input_audio_transcription.completed' && e.item_id === over.item_id)
  must(/not in service/i.test(long.transcript), `the long sentence was heard as "${long.transcript}"`)
  await book.type('response.done')

  // The client does an operation of the shop.
  realtime.send({
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Where is my order?' }] },
  })
  realtime.send({ type: 'response.create', response: { metadata: { asked: 'yes' } } })
  done = (await book.type('response.done')).response
  must(done.metadata.asked === 'yes' && done.status === 'completed', 'the response that was asked for')
  const call = done.output.find((item) => item.type === 'function_call')
  must(call?.name === 'order_status' && call.arguments === '{}', `a function call: ${JSON.stringify(done.output)}`)
  realtime.send({
    type: 'conversation.item.create',
    item: {
      type: 'function_call_output', call_id: call.call_id,
      output: JSON.stringify({ rows: [{ number: '47110', status: 'shipped', item: 'Boots', carrier: 'DHL', eta: '2026-12-01' }] }),
    },
  })
  realtime.send({ type: 'response.create' })
  const status = (await book.type('response.created')).response
  await book.wait('the order', (e) => e.type === 'response.output_audio_transcript.delta' && e.delta.includes('47110'))

  // And stops the agent.
  await book.wait('a second of the answer', () => sound.get(status.id)?.ms > 1000)
  realtime.send({ type: 'response.cancel' })
  done = (await book.type('response.done')).response
  must(done.id === status.id && done.status === 'cancelled' && done.status_details.reason === 'client_cancelled', 'cancelled')
  realtime.send({ type: 'response.cancel', event_id: 'again' })
  const nothing = (await book.type('error')).error
  must(nothing.code === 'response_cancel_not_active' && nothing.event_id === 'again', 'nothing is there to be cancelled')

  // Without turn detection the client says when a turn is over, and sends all of
  // it at once.
  realtime.send({ type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection: null } } } })
  await book.type('session.updated')
  microphone.stop()
  realtime.send({ type: 'input_audio_buffer.append', audio: fs.readFileSync(process.env.HOURS).toString('base64') })
  realtime.send({ type: 'input_audio_buffer.commit' })
  const item = (await book.type('input_audio_buffer.committed')).item_id
  realtime.send({ type: 'response.create' })
  const again = await book.wait('the committed words', (e) =>
    e.type === 'conversation.item.input_audio_transcription.completed' && e.item_id === item)
  must(/hours/i.test(again.transcript), `"Hours" was heard as "${again.transcript}"`)
  const last = (await book.type('response.created')).response
  await book.wait('an answer that is heard', () => sound.get(last.id)?.loud > 2000)

  const errors = book.events.filter((e) => e.type === 'error')
  must(errors.length === 2, `errors: ${JSON.stringify(errors)}`)
  realtime.close()
  console.log(`the agent stopped ${stop} ms after speech_started`)
})
