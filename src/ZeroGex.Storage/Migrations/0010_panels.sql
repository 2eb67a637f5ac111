-- Hours of windows of one root are read from an index alone: in the tables their rows lie a second, and with it a page, apart.
drop index if exists inferred_gexray3_ticker_time;
create index inferred_gexray3_ticker_time on inferred_gexray3 (ticker, time desc) include (expiration, spot, zero_gamma, sum_gex_vol, major_pos_vol, major_neg_vol);

create index traded_gex_root_measure_time on traded_gex (root, measure, time desc) include (expiration, spot, sum, zero_gamma);
