#!/usr/bin/env python3
"""Writes the log of an invented shop, the same for the same seed: about 200 bytes a line, a given
share of the lines with a card number in one of the spellings that logs really have.

    application_log.py [--lines N] [--seed N] [--share F] FILE

As a module: write(path, lines, seed, share) returns [(line number, card number's digits), …].
"""

import argparse
import random

SERVICES = ("checkout", "payment-gateway", "order-service", "inventory", "session-store", "mailer")
LEVELS = ("INFO", "INFO", "INFO", "INFO", "DEBUG", "DEBUG", "WARN", "ERROR")
PATHS = ("/api/v2/orders", "/api/v2/cart/items", "/api/v1/payment/authorize", "/healthz",
         "/api/v2/customers/profile", "/static/app.bundle.js", "/api/v2/search")
REASONS = ("upstream answered within budget", "retrying after connection reset by peer",
           "cache entry was older than the catalogue", "stock was reserved in warehouse north",
           "the session was renewed by its owner", "no handler took the event, it was queued again")
AGENTS = ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "okhttp/4.12.0", "curl/8.5.0",
          "python-requests/2.31.0", "Go-http-client/2.0")
FIRST = ("alice", "bruno", "chloe", "dmitri", "elena", "farid", "grete", "hiro")

# Issuer prefix and length, as the schemes publish them.
ISSUERS = (("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15), ("37", 15),
           ("6011", 16), ("65", 16), ("3528", 16), ("36", 14))


def check_digit(digits):
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        if place % 2 == 0:
            value = value * 2 - 9 * (value > 4)
        total += value
    return str(-total % 10)


def card_number(rng):
    prefix, length = ISSUERS[rng.randrange(len(ISSUERS))]
    body = prefix + "".join(str(rng.randrange(10)) for _ in range(length - 1 - len(prefix)))
    return body + check_digit(body)


def grouped(number, separator):
    sizes = {14: (4, 6, 4), 15: (4, 6, 5), 16: (4, 4, 4, 4)}[len(number)]
    groups, start = [], 0
    for size in sizes:
        groups.append(number[start:start + size])
        start += size
    return separator.join(groups)


# What a line says about a card; each takes the digits.
SPELLINGS = (
    lambda n: f"card {n} was authorized",
    lambda n: f"charging {grouped(n, ' ')} for the customer",
    lambda n: f"charging {grouped(n, '-')} for the customer",
    lambda n: f"redirect to /pay?pan={n}&step=2",
    lambda n: f"form card={grouped(n, '+')}&next=confirm",
    lambda n: f"form card={''.join('%%%02X' % ord(c) for c in n)}&next=confirm",
    lambda n: f"request body {{\"card\":\"{n}\",\"amount\":1999}}",
    lambda n: f"request body {{\"card\":\"{''.join(f'{chr(92)}u00{ord(c):02x}' for c in n)}\",\"amount\":1999}}",
    lambda n: f"soap <CardNumber>{n}</CardNumber> accepted",
    lambda n: f"legacy record PAN:{n}; done",
)


def stamp(millisecond):
    seconds, ms = divmod(millisecond, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"2026-01-{day % 28 + 1:02d}T{hour:02d}:{minute:02d}:{second:02d}.{ms:03d}Z"


def line(rng, number, card):
    bits = rng.getrandbits(64)
    service = SERVICES[bits % 6]
    level = LEVELS[(bits >> 4) % 8]
    path = PATHS[(bits >> 8) % 7]
    agent = AGENTS[(bits >> 12) % 5]
    reason = SPELLINGS[(bits >> 16) % 10](card) if card else REASONS[(bits >> 16) % 6]
    user = FIRST[(bits >> 20) % 8]
    took = (bits >> 24) % 900
    trace = f"{rng.getrandbits(64):016x}"
    # A trace id that happens to be digits alone is what a card number may look like.
    trace = "a" + trace[1:15] + "f"
    when = stamp(number * 7)
    if (bits >> 40) % 10 == 0 and not card:
        return (f'{{"time":"{when}","level":"{level.lower()}","service.name":"{service}","trace.id":"{trace}",'
                f'"message":"{reason}","path":"{path}","user":"{user}","took_ms":{took},"agent":"{agent}"}}')
    return (f'{when} {level} [{service}] [trace={trace}] user={user} method=POST path={path} '
            f'status=200 took={took}ms agent="{agent}" {reason}')


def write(path, lines, seed=1, share=0.02):
    rng = random.Random(seed)
    cards = []
    with open(path, "w", encoding="ascii", buffering=1 << 20) as out:
        for number in range(lines):
            card = card_number(rng) if rng.random() < share else None
            if card:
                cards.append((number, card))
            out.write(line(rng, number, card) + "\n")
    return cards


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lines", type=int, default=1000000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.02)
    parser.add_argument("file")
    options = parser.parse_args()
    cards = write(options.file, options.lines, options.seed, options.share)
    print(f"{options.lines} lines, {len(cards)} with a card number")


if __name__ == "__main__":
    main()
