"""The sources of items: the linked article, its outlet, and the items of aggregators. Pure.

links        canonical forms of links, by the table `links.txt`
outlets      the outlet of an item, by the public suffix list and the table `platforms.toml`
aggregators  items of aggregators, as their outlets published them; one table
articles     which items of different feeds are one article
feed_language  the language of short items whose feed states none
"""
