"""Prints every quote, print and gamma window as it passes: consumer.py amqp://user:password@host:port/vhost [MESSAGES]"""
import datetime, facts_pb2, itertools, json, pika, signal, sys  # facts_pb2 is made by protoc; see docs/adding-a-consumer.md

def rows(m, prices):  # Undoes the deltas: days, strikes, times and spots go on from the row before, prices from the contract's last.
    days, strikes = (list(itertools.accumulate(column)) for column in (m.contracts.expiration, m.contracts.strike))
    price, time, spot = {}, m.stamp.as_of, 0
    for i, c in enumerate(m.contract):
        price[c], time, spot = price.get(c, 0) + prices[i], time + m.time[i], spot + m.spot[i]
        option = datetime.date.fromordinal(719163 + days[c]), usd(strikes[c], m.contracts.strike_tick), "Put" if m.contracts.put[c] else "Call"
        yield i, (m.root, time, *option, usd(price[c], m.price_tick)), price[c], usd(spot, m.spot_tick)
def usd(value, tick): return value * (tick or 1) / 10000
signal.signal(signal.SIGINT, signal.SIG_DFL)
channel = pika.BlockingConnection(pika.URLParameters(sys.argv[1])).channel()
channel.basic_qos(prefetch_count=100)
queue = channel.queue_declare("", exclusive=True, arguments={"x-max-length": 10000}).method.queue  # Ends with us.
for kind in ("QuotesObserved", "TradesObserved", "GexCalculated"): channel.queue_bind(queue, "ZeroGex.Contracts:" + kind)
print("Listening; Ctrl-C ends it.", file=sys.stderr)
for count, (got, _, body) in enumerate(channel.consume(queue), 1):
    kind = got.exchange.split(":")[1]
    m = json.loads(body) if kind == "GexCalculated" else getattr(facts_pb2, kind).FromString(body)
    if kind == "GexCalculated": print("gex", m["root"], m["end"], m["expiration"], m["spot"], m["naiveDay"]["sum"], m["dealerSignedDay"]["sum"])
    for i, row, bid, spot in rows(m, m.bid) if kind == "QuotesObserved" else (): print("quote", *row, usd(bid + m.spread[i], m.price_tick), m.bid_size[i], m.ask_size[i], spot)
    for i, row, _, spot in rows(m, m.price) if kind == "TradesObserved" else (): print("print", *row, m.size[i], spot, m.aggressor[i])
    channel.basic_ack(got.delivery_tag)
    if sys.argv[2:] == [str(count)]: break
