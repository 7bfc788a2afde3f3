// A conversation of npm @openai/agents-realtime over its WebSocket transport
// with a server whose address is in HUIKE_URL. What people recorded is in HOURS
// and LONG.
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } from '@openai/agents-realtime'
import { z } from 'zod'
import { Book, Microphone, main, must } from './call.mjs'

await main(async () => {
  const book = new Book()
  let asked = 0
  const points = tool({
    name: 'points_balance', description: 'Says how many points the member has.', parameters: z.object({}),
    execute: async () => {
      asked++
      return JSON.stringify({ points: 4711 })
    },
  })
  const agent = new RealtimeAgent({ name: 'shop', instructions: 'Answer the shop’s calls.', tools: [points] })
  const url = `${process.env.HUIKE_URL.replace('https', 'wss')}/v1/realtime?model=huike&as=13900005678`
  const session = new RealtimeSession(agent, { transport: new OpenAIRealtimeWebSocket({ url }), model: 'huike', tracingDisabled: true })
  let heard = 0
  session.transport.on('*', (event) => book.add(event))
  session.on('audio', (event) => { heard += event.data.byteLength / 48 })
  session.on('audio_interrupted', () => book.add({ type: 'here.interrupted' }))
  session.on('error', (event) => book.add({ type: 'here.error', error: JSON.stringify(event.error) }))
  await session.connect({ apiKey: process.env.HUIKE_KEY })
  const microphone = new Microphone((part) => session.sendAudio(part.buffer.slice(part.byteOffset, part.byteOffset + part.length)))

  await book.type('response.done')
  must(heard > 2000, `${heard} ms of the greeting were heard`)
  must(JSON.stringify(session.history).includes('Mr Smith'), 'the greeting is in the history')

  microphone.say(process.env.HOURS)
  await book.wait('the question in the history', () => session.history.some((item) =>
    item.role === 'user' && /hours/i.test(item.content?.[0]?.transcript ?? '')))
  await book.type('response.created')
  heard = 0
  await book.wait('a second of the answer', () => heard > 1000)
  microphone.say(process.env.LONG)
  await book.type('here.interrupted')
  const cut = (await book.type('response.done')).response
  must(cut.status === 'cancelled', 'the answer was interrupted')
  await book.wait('the end of the second turn', (e) => e.type === 'response.done')

  session.sendMessage('How many points do I have?')
  await book.wait('the points', (e) => e.type === 'response.output_audio_transcript.delta' && e.delta.includes('4711'))
  must(asked === 1, `the tool was asked ${asked} times`)
  await book.type('response.done')
  const said = session.history.filter((item) => item.role === 'assistant').map((item) => item.content?.[0]?.transcript ?? '')
  must(said.some((text) => text.includes('4711')), `the answer is in the history: ${JSON.stringify(said)}`)
  const errors = book.events.filter((e) => e.type === 'here.error')
  must(errors.length === 0, `errors: ${JSON.stringify(errors)}`)
  microphone.stop()
  session.close()
})
