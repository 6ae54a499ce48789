"""`storywatch licences`: the packages of this installation with their licences."""

from __future__ import annotations

import click

from monitor.cli.shared.output import as_json, show


@click.command()
@click.option("--texts", is_flag=True, help="Print each licence in full.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "jsonl", "cyclonedx"]),
    default="text",
    show_default=True,
    help="cyclonedx: a bill of materials (SBOM).",
)
def licences(*, texts: bool, form: str) -> None:
    """List the packages that storywatch uses in this installation, with their versions and licences.

    \b
    storywatch licences --texts
    storywatch licences --format cyclonedx > storywatch.cdx.json
    """
    from monitor.views.health.installed_packages import bill_of_materials, package_json, read_packages

    packages = read_packages()
    if texts:
        for package in packages:
            click.echo(f"{package.name} {package.version}: {package.licence}\n")
            click.echo("".join(f"{text.strip()}\n\n" for text in package.texts), nl=False)
    elif form == "cyclonedx":
        click.echo(as_json(bill_of_materials(packages), indent=2))
    else:
        columns = {name.upper(): lambda row, name=name: row[name] for name in ("name", "version", "licence")}
        show([package_json(package) for package in packages], form, columns=columns)
