"""Makes the file of findings.py of an export of the API, so that the topics are read from there on only.

    python export.py <answer of GET /assay/sets> <file of findings.py>
"""
import json, sys
from findings import KEPT, classified, named, partition_at

def exported(lines):  # The state of all partitions, from an export.
    known, counts, line = {}, {"images": 0, "findings": 0, "pages": 0}, {}
    for line in map(json.loads, lines):
        if line["kind"] == "export":
            for at in (each for each in line["positions"] if each["topic"] == "finding.classified"):
                known[str(at["partition"])] = partition_at(at["next"], at["sequence"])
        if line["kind"] == "image":
            has = line.get("classified")
            image = has and {"digest": line["digest"], **{name: has.get(name) for name in [*KEPT, "findings"]}}
            known[str(line["partition"])]["images"][named(line)] = image
            counts["images"] += 1
            counts["findings"] += len(image["findings"]) if image else 0
        if line["kind"] == "page":
            partition = known[str(line["partition"])]
            classified(partition, partition["images"], line["data"], line["id"])
            counts["pages"] += 1
    if line != {"kind": "end", **counts}:
        sys.exit("the export is cut: make another one")
    return known

if __name__ == "__main__":
    with open(sys.argv[1]) as export, open(sys.argv[2], "w") as file:
        json.dump(exported(export), file)
