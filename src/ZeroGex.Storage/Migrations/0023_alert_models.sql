-- The rule behind an alert, as far as its columns do not say it, and how the figures were made that it looked at.
alter table alerts add column model jsonb;

do $$
begin
    -- As of the other tables; hypertables compress in their own way.
    if exists (select from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)) and to_regclass('timescaledb_information.hypertables') is null then
        alter table alerts alter column model set compression lz4;
    end if;
end $$;

create or replace view alert_history as
select raised.id, raised.root, raised.rule, raised.session, raised.severity, raised.metric, raised.operator, raised.scope, raised.threshold,
       raised.time as raised_at, raised.value as raised_value, raised.level, raised.spot, raised.text,
       resolved.time as resolved_at, resolved.value as resolved_value, resolved.text as resolved_text, raised.incomplete,
       greatest(raised.created_at, resolved.created_at) as created_at, raised.model
  from alerts raised left join alerts resolved on resolved.id = raised.id and resolved.event = 'resolved'
 where raised.event = 'raised';
