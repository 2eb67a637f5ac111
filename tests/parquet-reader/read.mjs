// Prints a Parquet file as hyparquet reads it: first the metadata, then the rows, one JSON value a line.
// Numbers are strings, so that none is rounded on the way; instants are microseconds, days are days, decimals are what is stored.
import { gunzipSync } from 'node:zlib'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'

const utf8 = new TextDecoder('utf-8', { fatal: true })
const parsers = {
  timestampFromMicroseconds: micros => micros,
  dateFromDays: days => days,
  stringFromBytes: bytes => bytes && utf8.decode(bytes),
  jsonFromBytes: bytes => bytes && utf8.decode(bytes),
}

const text = value =>
  typeof value === 'bigint' ? value.toString()
  : typeof value === 'number' ? (Object.is(value, -0) ? '-0' : value.toString())
  : value instanceof Uint8Array ? BigInt.asIntN(value.length * 8, BigInt('0x' + Buffer.from(value).toString('hex'))).toString()
  : value

const file = await asyncBufferFromFile(process.argv[2])
const metadata = await parquetMetadataAsync(file, { parsers })
const print = value => process.stdout.write(JSON.stringify(value, (_, member) => typeof member === 'bigint' || typeof member === 'number' ? text(member) : member) + '\n')
print(metadata)

// hyparquet makes a double of a decimal; without its meaning it is the whole number that is stored.
for (const element of metadata.schema) if (element.converted_type === 'DECIMAL') delete element.converted_type
const rows = await parquetReadObjects({ file, metadata, parsers, compressors: { GZIP: page => gunzipSync(page) } })
const names = metadata.schema.filter(element => element.type).map(element => element.name)
for (const row of rows) print(names.map(name => text(row[name] ?? null)))
