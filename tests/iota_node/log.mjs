// What the chain has done, one JSON object a line, written before anybody is told: who is killed and started again goes on
// where it was. A line that was not finished was told to nobody, and is cut off.
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";

const kMostBytes = 256 * 1024 * 1024;

export class Log {
  /// Gives what is there already to `take`, oldest first.
  constructor(path, take) {
    const text = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    this.bytes = text.lastIndexOf(0x0a) + 1;
    this.file = openSync(path, "a");
    ftruncateSync(this.file, this.bytes);
    for (const line of text.subarray(0, this.bytes).toString().split("\n")) if (line !== "") take(JSON.parse(line));
  }

  append(event) {
    const line = Buffer.from(JSON.stringify(event) + "\n");
    if (this.bytes + line.length > kMostBytes) throw new Error("the state file is full");
    writeSync(this.file, line);
    this.bytes += line.length;
  }

  close() {
    closeSync(this.file);
  }
}
