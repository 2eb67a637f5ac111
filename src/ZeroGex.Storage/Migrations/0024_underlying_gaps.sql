-- Where minutes of an underlying are missing: more than five in a row, or more than two of the session that is under way, between 04:00 and 20:00 in New York. Nights, weekends and
-- holidays are no gaps: a row looks no further back than its session.
create view underlying_gaps as
select quote.symbol, own.session, gap.from_time, gap.to_time, gap.to_time - gap.from_time as missing, quote.created_at
  from underlying_quotes as quote
 cross join lateral session_of(quote.timestamp) as own
 cross join lateral (
       select row.timestamp
         from underlying_quotes as row
        where row.symbol = quote.symbol and row.timestamp < quote.timestamp and row.timestamp >= own.start
        order by row.timestamp desc limit 1) as before
 cross join lateral (
       select greatest(before.timestamp + interval '1 minute', (own.session + time '04:00') at time zone 'America/New_York') as from_time,
              least(quote.timestamp, (own.session + time '20:00') at time zone 'America/New_York') as to_time) as gap
 where gap.to_time - gap.from_time > case when own.until > now() then interval '2 minutes' else interval '5 minutes' end;
