"""Sources: which article an item links to, whose article it is, and how aggregators wrap the articles of others. Pure.

links        canonical forms of links, by the table `links.txt`
outlets      the outlet of an item, by the public suffix list and the table `platforms.toml`
aggregators  items of aggregators, as their outlets published them; one table
articles     which items of different feeds are one article
"""
