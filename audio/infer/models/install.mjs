// Brings the pinned model packages of package-lock.json to bin/models, where
// audio/infer looks for them. Usage: node install.mjs [target folder]
//
// When the folder already holds what this script put there, it ends at once
// (a few stat calls and no hashing). Nothing is downloaded at run time.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import * as path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
const target = path.resolve(process.argv[2] ?? path.join(here, '../../../bin/models'))
const modules = path.join(here, 'node_modules')
const moonshine = '@moonshine-ai/moonshine-js/dist/model/tiny/quantized/'

// Each file: where it goes, where it comes from (null: made here), its SHA-256.
const files = [
  ['libonnxruntime.so', 'sherpa-onnx-linux-x64/libonnxruntime.so',
    '4b3607aebd1784b26b6f9b20e4bd974c7ab8287043e4d095cb7d2cb40b5e566e'],
  ['libsherpa-onnx-c-api.so', 'sherpa-onnx-linux-x64/libsherpa-onnx-c-api.so',
    'b1019f8c9583e3e576c2ba6032b580677fcf6e2230c241a8b423c65aceded021'],
  ['silero_vad_v6.onnx', '@ricky0123/vad-web/dist/silero_vad_v6.onnx',
    '1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3'],
  ['moonshine/encoder_model.onnx', moonshine + 'encoder_model.onnx',
    'c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a'],
  ['moonshine/decoder_model_merged.onnx', moonshine + 'decoder_model_merged.onnx',
    'eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367'],
  ['moonshine/tokens.txt', null,
    '7015eebad70f6975a0c548ce982fb76a4aa0835644628a5ed0b1fd41ff9a2912'],
]

const stampFile = path.join(target, '.installed')

// stamp says which files stand in the target: sum, size and time of each.
function stamp() {
  return files.map(([to, , sum]) => {
    const { size, mtimeMs } = fs.statSync(path.join(target, to))
    return `${sum} ${size} ${Math.trunc(mtimeMs)} ${to}\n`
  }).join('')
}

function installed() {
  try {
    return fs.readFileSync(stampFile, 'utf8') === stamp()
  } catch {
    return false
  }
}

function verify(file, want) {
  const got = createHash('sha256').update(fs.readFileSync(file)).digest('hex')
  if (got !== want) {
    throw new Error(`${file}: SHA-256 is ${got}, expected ${want}: remove it and run make models again`)
  }
}

// tokens writes the recogniser's vocabulary, one token a line, line 0 first.
// Moonshine uses the 32,000 tokens of LLaMA's tokenizer.
async function tokens(file) {
  const entry = path.join(modules, 'llama-tokenizer-js/llama-tokenizer.js')
  const { default: tokenizer } = await import(pathToFileURL(entry).href)
  fs.writeFileSync(file, tokenizer.vocabById.join('\n') + '\n')
}

async function install() {
  console.error('models: fetching the pinned packages with npm ci (about 25 MB)')
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] })
  for (const [to, from, sum] of files) {
    const file = path.join(target, to)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    const part = file + '.part'
    if (from === null) {
      await tokens(part)
    } else {
      fs.copyFileSync(path.join(modules, from), part)
    }
    verify(part, sum)
    fs.renameSync(part, file)
  }
  fs.writeFileSync(stampFile, stamp())
  fs.rmSync(modules, { recursive: true, force: true })
  console.error(`models: ${files.length} files in ${target}`)
}

if (!installed()) {
  try {
    await install()
  } catch (err) {
    console.error(`models: ${err.message}`)
    process.exit(1)
  }
}
