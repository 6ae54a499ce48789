"""Quality of learnt topics: `python benchmarks/topics.py [--one-example] [--feedback N] [--text] [--errors] [--now-fitted]`.

Every labelled topic is learnt with `storywatch topics learn` and judged with `storywatch backtest`, as a user would do it.
The scorer of topiceval prints its table; $STORYWATCH_TOPICEVAL names its folder.

With --feedback an owner marks the first N alerts of every topic, as with `storywatch mark`. The tables then cover the
remaining items, judged by the rule before the marks and by the rule after them.

Rules of stories are fitted to the items before each; with --now-fitted to all of them. The shipped figures of the fit
come from these topics, so --left-out also judges each topic by figures of the others.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.fit_threshold import print_left_out
from benchmarks.labelled import document_of, scorer
from monitor.matching.read_topics.rule_files import read_rule
from monitor.topics.learning.feedback import Marked, remarked
from monitor.topics.rules.format import format_rule

Marks: TypeAlias = dict[
    str, list[tuple[dict[str, Any], bool]]
]  # by topic: items, and whether they were meant

ROOT = Path(__file__).resolve().parents[1]
TOPICEVAL = Path(os.environ.get("STORYWATCH_TOPICEVAL", ROOT.parent / "shared" / "topiceval"))
STORYWATCH = shutil.which("storywatch") or str(ROOT / ".venv" / "bin" / "storywatch")
IN_THE_MEAN = ("fnc", "ecb", "reuters")
BREADTHS = {"fr:event": "narrow", "fr:topic": "wide"}  # elsewhere the default decides
MEASURES = ("maF1", "T11SU", "MAP", "maP", "maR", "oracleF1", "Cdet")
AT_ONCE = 2  # learning processes at once


def main() -> None:
    """Print the scorer's table, the mean of the three suites, and the errors on fr."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one-example", action="store_true", help="learn from the first example alone")
    parser.add_argument(
        "--feedback", type=int, default=0, metavar="N", help="mark the first N alerts of a topic"
    )
    parser.add_argument("--text", action="store_true", help="give the items' text where they have one")
    parser.add_argument("--errors", action="store_true", help="list every error on fr")
    parser.add_argument(
        "--now-fitted", action="store_true", help="judge all by the rules as fitted at the end"
    )
    parser.add_argument(
        "--left-out",
        action="store_true",
        help="also print cross-validated figures, and those of second halves fitted to the first: some minutes",
    )
    parser.add_argument("--folder", default="dev", help="the folder of topiceval to measure")
    asked = parser.parse_args()
    score, folder = scorer(), TOPICEVAL / asked.folder
    topics, streams = score.load(str(folder))
    with tempfile.TemporaryDirectory() as scratch:
        rules = learn_all(topics, Path(scratch), examples=1 if asked.one_example else None)
        options = {"with_text": asked.text, "now_fitted": asked.now_fitted}
        found = judge_all(topics, streams, rules, Path(scratch), **options)
        if asked.feedback:
            marks = first_alerts(topics, streams, found, asked.feedback)
            rest = without_marked(topics, marks, folder, Path(scratch))
            print("before the marks, the rest of the items:")
            print_table(score, score.track(str(rest), found))
            learn_from(marks, rules)
            found = judge_all(topics, streams, rules, Path(scratch), **options)
            print(f"after {sum(map(len, marks.values()))} marks, at most {asked.feedback} a topic:")
            print_table(score, score.track(str(rest), found))
        else:
            print_table(score, score.track(str(folder), found))
            print_fr(score, topics, streams, found, rules if asked.errors else {})
    if asked.left_out:
        print_left_out(("one example" if asked.one_example else "all examples",), forward=True)


def learn_all(topics: list[dict[str, Any]], scratch: Path, *, examples: int | None) -> dict[str, Path]:
    """Learn every topic through the command line; return the rule files by topic."""
    rules = {topic["topic_id"]: scratch / f"topic-{number}.toml" for number, topic in enumerate(topics)}
    commands = [_learn_command(topic, rules[topic["topic_id"]], scratch, examples) for topic in topics]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(_run, commands))
    return rules


def _learn_command(topic: dict[str, Any], rule: Path, scratch: Path, examples: int | None) -> list[str]:
    articles = []
    for number, seed in enumerate(topic["seed_docs"][:examples]):
        articles.append(scratch / f"{rule.stem}-{number}.txt")
        articles[-1].write_text(f"{seed['title']}\n\n{seed['text']}\n", encoding="utf-8")
    breadth = BREADTHS.get(topic["topic_id"])
    options = ["--breadth", breadth] if breadth else []
    return ["topics", "learn", topic["topic_id"], *map(str, articles), *options, "-o", str(rule)]


def judge_all(
    topics: list[dict[str, Any]],
    streams: dict[str, list[dict[str, Any]]],
    rules: dict[str, Path],
    scratch: Path,
    *,
    with_text: bool,
    now_fitted: bool = False,
) -> list[dict[str, Any]]:
    """Backtest every topic on its stream; return the rows that the scorer reads."""
    of_stream = defaultdict(list)
    for topic in topics:
        of_stream[topic["stream"]].append(topic["topic_id"])
    rows = []
    for stream, names in of_stream.items():
        items = scratch / f"{stream}.jsonl"
        fields = ("id", "title", "summary", "text") if with_text else ("id", "title", "summary")
        lines = [
            json.dumps({field: item[field] for field in fields if field in item}) for item in streams[stream]
        ]
        items.write_text("\n".join(lines) + "\n", encoding="utf-8")
        files = [str(rules[name]) for name in names]
        option = ["--now-fitted"] if now_fitted else []
        printed = _run(["backtest", *files, *option, "--items", str(items), "--format", "jsonl"])
        rows += [_row(json.loads(line)) for line in printed.splitlines()]
    return rows


def first_alerts(
    topics: list[dict[str, Any]],
    streams: dict[str, list[dict[str, Any]]],
    found: list[dict[str, Any]],
    number: int,
) -> Marks:
    """Return the first alerts of each topic, and whether each was meant."""
    told = {(row["topic_id"], row["id"]) for row in found if row["decision"]}
    marks = {}
    for topic in topics:
        name, seeds, meant = topic["topic_id"], set(topic["exclude"]), set(topic["positives"])
        items = [item for item in streams[topic["stream"]] if (name, item["id"]) in told]
        alerts = [item for item in items if item["id"] not in seeds][:number]
        marks[name] = [(item, item["id"] in meant) for item in alerts]
    return marks


def without_marked(topics: list[dict[str, Any]], marks: Marks, folder: Path, scratch: Path) -> Path:
    """Return a folder of the labelled topics without the marked items.

    A topic whose items are all marked is left out.
    """
    spared = []
    for topic in topics:
        marked = {item["id"] for item, _ in marks[topic["topic_id"]]}
        rest = set(topic["positives"]) - marked
        if rest:
            left = {"exclude": [*topic["exclude"], *sorted(marked)], "positives": sorted(rest)}
            spared.append(json.dumps(topic | left))
    (scratch / "rest").mkdir()
    (scratch / "rest" / "streams").symlink_to(folder.resolve() / "streams")
    (scratch / "rest" / "topics.jsonl").write_text("\n".join(spared) + "\n", encoding="utf-8")
    return scratch / "rest"


def learn_from(marks: Marks, rules: dict[str, Path]) -> None:
    """Change every rule file by its topic's marks, with the function that `storywatch mark` calls."""
    for topic, told in marks.items():
        demands = [Marked(document=document_of(item), meant=meant) for item, meant in told]
        rules[topic].write_text(format_rule(remarked(read_rule(rules[topic]), demands)), encoding="utf-8")


def _row(verdict: dict[str, Any]) -> dict[str, Any]:
    return {
        "topic_id": verdict["topic"],
        "id": verdict["id"],
        "score": verdict["score"],
        "decision": verdict["matched"],
        "why": verdict["why"],
    }


def print_table(scorer: Any, scored: list[tuple[dict[str, Any], dict[str, float]]]) -> None:
    """Print each suite and the mean of the three that count."""
    means = []
    print(f"{'suite':9}" + "".join(f"{measure:>9}" for measure in MEASURES))
    for suite in sorted({topic["suite"] for topic, _ in scored}):
        summary = scorer.summary([measures for topic, measures in scored if topic["suite"] == suite])
        print(f"{suite:9}" + "".join(f"{summary[measure]:9.3f}" for measure in MEASURES))
        if suite in IN_THE_MEAN:
            means.append(summary)
    if means:
        print(
            f"{'mean':9}" + "".join(f"{sum(one[key] for one in means) / len(means):9.3f}" for key in MEASURES)
        )


def print_fr(
    scorer: Any,
    topics: list[dict[str, Any]],
    streams: dict[str, list[dict[str, Any]]],
    found: list[dict[str, Any]],
    rules: dict[str, Path],
) -> None:
    """Print the figures of fr by language and, with its rules given, the cause of each error."""
    for topic in (topic for topic in topics if topic["suite"] == "fr"):
        rows = {row["id"]: row for row in found if row["topic_id"] == topic["topic_id"]}
        items = [item for item in streams[topic["stream"]] if item["id"] not in topic["exclude"]]
        english = [item for item in items if item.get("lang", "en") == "en"]
        other = [item for item in items if item.get("lang", "en") != "en"]
        positives = set(topic["positives"])
        for label, some in (("English", english), ("other languages", other)):
            truth = [item["id"] in positives for item in some]
            scores, decisions = ([rows[item["id"]][key] for item in some] for key in ("score", "decision"))
            measures = scorer.topic_metrics(truth, scores, decisions)
            print(
                f"{topic['topic_id']}, {label}: F1={measures['F1']:.3f} P={measures['P']:.3f} "
                f"R={measures['Rc']:.3f} ({measures['tp']} of {measures['R']} found, {measures['fp']} wrong)"
            )
        if topic["topic_id"] in rules:
            print_errors(items, positives, rows, tomllib.loads(rules[topic["topic_id"]].read_text("utf-8")))


def print_errors(
    items: list[dict[str, Any]], positives: set[str], rows: dict[str, dict[str, Any]], rule: dict[str, Any]
) -> None:
    """Print each item on which a rule is wrong: its score, the terms found, and the missed condition."""
    for item in items:
        row = rows[item["id"]]
        if row["decision"] == (item["id"] in positives):
            continue
        kind = "wrong" if row["decision"] else "missed"
        held = [why["term"] for why in row["why"]]
        lacks = [name for name in rule["must"] if name not in held]
        if rule["should"] and not set(rule["should"]) & set(held):
            lacks.append(f"any of {', '.join(rule['should'])}")
        why = f"holds {', '.join(held[:5]) or 'none of its words'}"
        why += f"; lacks {'; '.join(lacks)}" if lacks and not row["decision"] else ""
        tags = "/".join(str(item.get(key)) for key in ("lang", "grade", "tag"))
        print(f"  {kind:6} {row['score']:.2f} {item['id']:9} {tags:22} {why}")


def _run(arguments: list[str]) -> str:
    command = [STORYWATCH, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    if done.returncode:
        sys.exit(f"storywatch {' '.join(arguments[:3])} …: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    main()
