"""The ledger on paper and on other disks: an auditor's replay, an auditor's copy, the operator's backup."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from app.chain.export import Exported, export as export_log
from app.chain.log import Log, Problem, Report
from app.chain.verify import replay
from app.cli.group import FOLDER, commands, read
from app.desk import backup as copies
from app.desk import holdings as held
from app.desk.found import Folder
from app.store.audit import opened_log
from app.store.sqlite import SqliteStore


@commands.command()
@FOLDER
@click.option("--export", "folder", type=Path, help="Check an exported copy instead of the database.")
@click.option("--note", "notes", multiple=True, type=Path, help="A checkpoint that you kept: the log must go on from it.")
@click.option("--chain", "pinned", default="", help="The chain id that you know: the log of another genesis is wrong.")
def verify(data: Path, folder: Path | None, notes: tuple[Path, ...], pinned: str) -> None:
    """Replay everything from the first entry; exit status 1 and the first bad entry if anything is wrong.

    A remark is no proof of a wrong: the status stays 0.
    """
    kept = [read(note) for note in notes]
    if folder:
        report = _replayed(Exported(folder), kept)
    else:
        with opened_log(SqliteStore.look(Folder(data).chain)) as log:
            report = _replayed(log, kept)
    if pinned.lower() not in ("", report.chain_id.hex()):
        report = replace(report, problem=Problem(0, f"another genesis than that of chain {pinned}"))
    _tell(report)
    sys.exit(0 if report.ok else 1)


def _replayed(log: Log, kept: list[str]) -> Report:
    report = replay(log, lambda done: click.echo(f"\r{done:,} entries", nl=False, err=True), kept)
    click.echo("", err=True)
    return report


def _tell(report: Report) -> None:
    click.echo(f"chain {report.chain_id.hex()} at {report.host}")
    click.echo(f"{report.entries:,} entries ({report.sales:,} sales) in {report.blocks:,} blocks replayed and right")
    click.echo(f"{report.covered:,} under {report.checkpoints} good checkpoints, {report.after_checkpoint:,} since")
    for remark in report.remarks:
        click.echo(f"REMARK: {remark}")
    right = "every entry is right; ask the operator about the remarks" if report.remarks else "everything is in order"
    click.echo(right if report.ok else f"WRONG: {report.problem}")


@commands.command()
@FOLDER
@click.argument("folder", type=Path)
def export(data: Path, folder: Path) -> None:
    """Write all that an auditor needs into a new folder: personal payments, for the auditor's eyes only."""
    with opened_log(SqliteStore.look(Folder(data).chain)) as log:
        count = export_log(log, folder)
    click.echo(f"{count:,} entries in {folder}: check them with `python -m app verify --export {folder}`")


@commands.command()
@FOLDER
@click.argument("folder", type=Path)
def backup(data: Path, folder: Path) -> None:
    """Copy the ledger and the people database, as they stand now, into a new folder; the server may run meanwhile."""
    made = copies.make(Folder(data), folder)
    click.echo(f"{made.entries:,} entries until {made.until}, and the people database, in {folder}")
    click.echo(f"Not in it, and to be kept elsewhere: keys/ and checkpoint.note. Check it: python -m app verify --data {folder}")


@commands.command()
@FOLDER
@click.argument("folder", type=Path)
def holdings(data: Path, folder: Path) -> None:
    """Write who held what into a new folder, a list for each programme: for a city that must be founded anew. Needs no key."""
    for each in held.write(Folder(data), folder):
        click.echo(f"{each.file}: {each.title}, {each.rows:,} rows, {each.won:,} won")
