"""Keeps the findings and the freshness of every image, from the published topic finding.classified alone.

Needs confluent-kafka of PyPI. Reads to the end of the topic, writes the file, and prints one line for each image. A
later run goes on with the file. Without it, the topic is read from its beginning; export.py makes one of an export of
the API. docs/events.md has the rules.
"""
import argparse, hashlib, json, os, sys
from confluent_kafka import Consumer, TopicPartition

EVENT, MARK = "assay.finding.classified.v1", "assay.mark.v1"
ENTRY = ["vulnerability", "packageType", "package", "installedVersion", "path", "aliases", "sourcePackage",
         "fixedVersion", "layer", "severity"]
KEPT = ["id", "verdict", "classification", "status", "reason", "database", "scanner", "result", "set"]

numbers = lambda sequence: [int(part) for part in sequence.split(".")]
partition_at = lambda at, sequence: {"next": at, "sequence": numbers(sequence), "pending": {}, "images": {}}
named = lambda data: "|".join([data["registryId"].lower(), data["repository"], data["digest"]])

def order(entry):  # The canonical order: by five parts, as UTF-16 sorts them.
    return "\0".join(entry.get(name) or "" for name in ENTRY[:5]).encode("utf-16-be")

def summed(entries):  # Count, and the sum of the first 8 bytes of the SHA-256 of each entry.
    def hashed(entry):
        rated = [[r.get(k) for k in ("source", "severity", "score", "vector")] for r in entry.get("ratings", [])]
        more = [entry.get(name) for name in ("score", "severityRule", "state", "ruleId")]
        fields = [*map(entry.get, ENTRY), rated if "ratings" in entry else None, *more]
        text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return {"count": len(entries), "sum": f"{sum(map(hashed, entries)) % 2**64:016x}"}

def changed(before, pages):  # Rules, then removals, both by position in the set before; then the entries put.
    entries = [dict(entry) for entry in before]
    for ruled in pages[0].get("ruled", []):
        for at in ruled["at"]:
            entries[at].pop("ruleId", None)
            entries[at].update({k: ruled[k] for k in ("state", "ruleId") if k in ruled})
    gone = set(pages[0].get("removed", []))
    kept = {order(entry): entry for at, entry in enumerate(entries) if at not in gone}
    kept.update({order(entry): entry for page in pages for entry in page["findings"]})
    return [kept[key] for key in sorted(kept)]

def classified(partition, images, data, event_id):
    key = named(data)
    pending = partition["pending"].setdefault(key, [])
    if data["page"] == 1: pending.clear()
    if len(pending) == data["page"] - 1: pending.append({**data, "id": event_id})
    if len(pending) < data["pages"]: return  # The set before stays until all pages are there.
    del partition["pending"][key]
    head, image = pending[0], images.get(key)
    if image and (head["verdict"], head["classification"]) <= (image["verdict"], image["classification"]): return
    if head["content"] == "change" and key in images and not image: return  # Not in the export: a whole one comes.
    fits = head["content"] == "set" or image and all(image[name] == of for name, of in head["base"].items())
    findings = changed(image["findings"] if head["content"] == "change" else [], pending) if fits else []
    if not fits or summed(findings) != head["set"]:
        sys.exit(f"{key}: this is not the set that {event_id} is about. Delete the file, and read from the beginning.")
    images[key] = {"digest": head["digest"], **{name: head.get(name) for name in KEPT}, "findings": findings}

def take(partition, images, headers, value):
    sequence = numbers(headers["ce_sequence"])
    if sequence <= partition["sequence"]: return True  # A repeat, or the late append of an owner that a fence shut out.
    if headers["ce_type"].startswith("assay.finding.classified.") and headers["ce_type"] != EVENT:
        return False  # A newer version: wait for an upgrade.
    partition["sequence"] = sequence
    if headers["ce_type"] == EVENT:
        classified(partition, images, json.loads(value), headers["ce_id"])
    if headers["ce_type"] == MARK:  # Images with a result that stand before it were assessed with its database.
        mark = json.loads(value)
        excepted = {e["digest"] for e in mark["except"]} | {e["registryId"] for e in mark.get("registries", [])}
        for key, image in ((key, each) for key, each in images.items() if each and each["result"]):
            own = image["scanner"]["name"] == mark["scanner"]
            if own and excepted.isdisjoint({image["digest"], key.split("|")[0]}):
                image["database"] = mark["database"]
    return True

def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--bootstrap", required=True)
    options.add_argument("--topic", default="finding.classified")
    options.add_argument("--file", default="images.json")
    given = options.parse_args()
    known = json.load(open(given.file)) if os.path.exists(given.file) else {}
    reader = Consumer({"bootstrap.servers": given.bootstrap, "group.id": "none", "auto.offset.reset": "error"})
    for number in reader.list_topics(given.topic).topics[given.topic].partitions:
        state = known.setdefault(str(number), partition_at(0, "0.0"))
        _, end = reader.get_watermark_offsets(TopicPartition(given.topic, number))
        reader.assign([TopicPartition(given.topic, number, state["next"])])
        while state["next"] < end:
            if (record := reader.poll(1)) is None: continue
            if record.error(): sys.exit(f"{number}/{state['next']}: {record.error()}")
            headers = {name: text.decode() for name, text in record.headers() or []}
            if not take(state, state["images"], headers, record.value()):
                print(f"waits at {number}/{record.offset()} for a program that knows {headers['ce_type']}"); break
            state["next"] = record.offset() + 1
    json.dump(known, open(given.file + ".new", "w"))
    os.replace(given.file + ".new", given.file)
    for key, image in sorted(each for state in known.values() for each in state["images"].items() if each[1]):
        print(key, image["status"], len(image["findings"]), image["database"]["builtAt"])

if __name__ == "__main__": main()
