"""Makes src/sinks/influx/line.golden.json: points in the line protocol of InfluxDB, and as a parser that is not ours reads them.

    pip install line-protocol-parser
    npm run build:ts && python tools/golden/influx.py

Made with line-protocol-parser 2.0.1.
"""

import json
import pathlib
import subprocess

from line_protocol_parser import parse_line

ROOT = pathlib.Path(__file__).parents[2]
OUT = ROOT / "src/sinks/influx/line.golden.json"

POINTS = [
    {"measurement": "m", "tags": {}, "fields": {"v": 1.5}, "at": 1700000000000},
    {"measurement": "biox prediction,x", "tags": {"gateway": "w a,r=d", "tag k": "v"}, "fields": {"f 1": -2, "a,b=c": 3.25}, "at": 1700000000000.4},
    {"measurement": "m", "tags": {"z": "1", "a": "é\\x", "m": "日本"}, "fields": {"t": 'say "hi" \\ there', "u": "a=b, c d"}, "at": 1},
    {"measurement": "m", "tags": {"w": "w01"}, "fields": {"yes": True, "no": False, "i": {"integer": -3}, "zero": {"integer": 0}}, "at": 0},
    {"measurement": "m", "tags": {"w": "w01"}, "fields": {"tiny": 1e-7, "huge": 1.7e300, "third": 1 / 3, "empty": ""}, "at": 1763800000123},
    {"measurement": "m", "tags": {"q": 'with "quotes"'}, "fields": {"emoji": "❤️", "slash": "C:\\temp\\"}, "at": 1763800000123},
]

CODE = """
import { influxLine } from "./dist/sinks/influx/line.js";
const points = JSON.parse(process.argv[1]);
console.log(JSON.stringify(points.map((p) => influxLine(p.measurement, p.tags, p.fields, p.at))));
"""

lines = json.loads(
    subprocess.run(
        ["node", "--input-type=module", "-e", CODE, json.dumps(POINTS)], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
)
golden = [{**point, "line": line, "parsed": parse_line(line)} for point, line in zip(POINTS, lines)]
OUT.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")
