-- Sessions know the exchange's holidays: what comes on one is the next trading day's, as the log files it. Weekdays from 1990 to 2100 on which the New York Stock Exchange
-- did or will not open, as src/ZeroGex.Analytics/Market/NyseCalendar.cs has them, and a test says so. A closing that becomes known later goes into a file of its own,
-- NNNN_holidays_YYYY.sql, which inserts the date and says both updates and the delete again.
create table nyse_closings (
    date               date primary key,
    session            date, -- The trading day that it belongs to: the next one.
    trading_day_before date
);

insert into nyse_closings (date)
select unnest($${
    1990-01-01, 1990-02-19, 1990-04-13, 1990-05-28, 1990-07-04, 1990-09-03, 1990-11-22, 1990-12-25,
    1991-01-01, 1991-02-18, 1991-03-29, 1991-05-27, 1991-07-04, 1991-09-02, 1991-11-28, 1991-12-25,
    1992-01-01, 1992-02-17, 1992-04-17, 1992-05-25, 1992-07-03, 1992-09-07, 1992-11-26, 1992-12-25,
    1993-01-01, 1993-02-15, 1993-04-09, 1993-05-31, 1993-07-05, 1993-09-06, 1993-11-25, 1993-12-24,
    1994-02-21, 1994-04-01, 1994-04-27, 1994-05-30, 1994-07-04, 1994-09-05, 1994-11-24, 1994-12-26,
    1995-01-02, 1995-02-20, 1995-04-14, 1995-05-29, 1995-07-04, 1995-09-04, 1995-11-23, 1995-12-25,
    1996-01-01, 1996-02-19, 1996-04-05, 1996-05-27, 1996-07-04, 1996-09-02, 1996-11-28, 1996-12-25,
    1997-01-01, 1997-02-17, 1997-03-28, 1997-05-26, 1997-07-04, 1997-09-01, 1997-11-27, 1997-12-25,
    1998-01-01, 1998-01-19, 1998-02-16, 1998-04-10, 1998-05-25, 1998-07-03, 1998-09-07, 1998-11-26, 1998-12-25,
    1999-01-01, 1999-01-18, 1999-02-15, 1999-04-02, 1999-05-31, 1999-07-05, 1999-09-06, 1999-11-25, 1999-12-24,
    2000-01-17, 2000-02-21, 2000-04-21, 2000-05-29, 2000-07-04, 2000-09-04, 2000-11-23, 2000-12-25,
    2001-01-01, 2001-01-15, 2001-02-19, 2001-04-13, 2001-05-28, 2001-07-04, 2001-09-03, 2001-09-11, 2001-09-12, 2001-09-13, 2001-09-14, 2001-11-22, 2001-12-25,
    2002-01-01, 2002-01-21, 2002-02-18, 2002-03-29, 2002-05-27, 2002-07-04, 2002-09-02, 2002-11-28, 2002-12-25,
    2003-01-01, 2003-01-20, 2003-02-17, 2003-04-18, 2003-05-26, 2003-07-04, 2003-09-01, 2003-11-27, 2003-12-25,
    2004-01-01, 2004-01-19, 2004-02-16, 2004-04-09, 2004-05-31, 2004-06-11, 2004-07-05, 2004-09-06, 2004-11-25, 2004-12-24,
    2005-01-17, 2005-02-21, 2005-03-25, 2005-05-30, 2005-07-04, 2005-09-05, 2005-11-24, 2005-12-26,
    2006-01-02, 2006-01-16, 2006-02-20, 2006-04-14, 2006-05-29, 2006-07-04, 2006-09-04, 2006-11-23, 2006-12-25,
    2007-01-01, 2007-01-02, 2007-01-15, 2007-02-19, 2007-04-06, 2007-05-28, 2007-07-04, 2007-09-03, 2007-11-22, 2007-12-25,
    2008-01-01, 2008-01-21, 2008-02-18, 2008-03-21, 2008-05-26, 2008-07-04, 2008-09-01, 2008-11-27, 2008-12-25,
    2009-01-01, 2009-01-19, 2009-02-16, 2009-04-10, 2009-05-25, 2009-07-03, 2009-09-07, 2009-11-26, 2009-12-25,
    2010-01-01, 2010-01-18, 2010-02-15, 2010-04-02, 2010-05-31, 2010-07-05, 2010-09-06, 2010-11-25, 2010-12-24,
    2011-01-17, 2011-02-21, 2011-04-22, 2011-05-30, 2011-07-04, 2011-09-05, 2011-11-24, 2011-12-26,
    2012-01-02, 2012-01-16, 2012-02-20, 2012-04-06, 2012-05-28, 2012-07-04, 2012-09-03, 2012-10-29, 2012-10-30, 2012-11-22, 2012-12-25,
    2013-01-01, 2013-01-21, 2013-02-18, 2013-03-29, 2013-05-27, 2013-07-04, 2013-09-02, 2013-11-28, 2013-12-25,
    2014-01-01, 2014-01-20, 2014-02-17, 2014-04-18, 2014-05-26, 2014-07-04, 2014-09-01, 2014-11-27, 2014-12-25,
    2015-01-01, 2015-01-19, 2015-02-16, 2015-04-03, 2015-05-25, 2015-07-03, 2015-09-07, 2015-11-26, 2015-12-25,
    2016-01-01, 2016-01-18, 2016-02-15, 2016-03-25, 2016-05-30, 2016-07-04, 2016-09-05, 2016-11-24, 2016-12-26,
    2017-01-02, 2017-01-16, 2017-02-20, 2017-04-14, 2017-05-29, 2017-07-04, 2017-09-04, 2017-11-23, 2017-12-25,
    2018-01-01, 2018-01-15, 2018-02-19, 2018-03-30, 2018-05-28, 2018-07-04, 2018-09-03, 2018-11-22, 2018-12-05, 2018-12-25,
    2019-01-01, 2019-01-21, 2019-02-18, 2019-04-19, 2019-05-27, 2019-07-04, 2019-09-02, 2019-11-28, 2019-12-25,
    2020-01-01, 2020-01-20, 2020-02-17, 2020-04-10, 2020-05-25, 2020-07-03, 2020-09-07, 2020-11-26, 2020-12-25,
    2021-01-01, 2021-01-18, 2021-02-15, 2021-04-02, 2021-05-31, 2021-07-05, 2021-09-06, 2021-11-25, 2021-12-24,
    2022-01-17, 2022-02-21, 2022-04-15, 2022-05-30, 2022-06-20, 2022-07-04, 2022-09-05, 2022-11-24, 2022-12-26,
    2023-01-02, 2023-01-16, 2023-02-20, 2023-04-07, 2023-05-29, 2023-06-19, 2023-07-04, 2023-09-04, 2023-11-23, 2023-12-25,
    2024-01-01, 2024-01-15, 2024-02-19, 2024-03-29, 2024-05-27, 2024-06-19, 2024-07-04, 2024-09-02, 2024-11-28, 2024-12-25,
    2025-01-01, 2025-01-09, 2025-01-20, 2025-02-17, 2025-04-18, 2025-05-26, 2025-06-19, 2025-07-04, 2025-09-01, 2025-11-27, 2025-12-25,
    2026-01-01, 2026-01-19, 2026-02-16, 2026-04-03, 2026-05-25, 2026-06-19, 2026-07-03, 2026-09-07, 2026-11-26, 2026-12-25,
    2027-01-01, 2027-01-18, 2027-02-15, 2027-03-26, 2027-05-31, 2027-06-18, 2027-07-05, 2027-09-06, 2027-11-25, 2027-12-24,
    2028-01-17, 2028-02-21, 2028-04-14, 2028-05-29, 2028-06-19, 2028-07-04, 2028-09-04, 2028-11-23, 2028-12-25,
    2029-01-01, 2029-01-15, 2029-02-19, 2029-03-30, 2029-05-28, 2029-06-19, 2029-07-04, 2029-09-03, 2029-11-22, 2029-12-25,
    2030-01-01, 2030-01-21, 2030-02-18, 2030-04-19, 2030-05-27, 2030-06-19, 2030-07-04, 2030-09-02, 2030-11-28, 2030-12-25,
    2031-01-01, 2031-01-20, 2031-02-17, 2031-04-11, 2031-05-26, 2031-06-19, 2031-07-04, 2031-09-01, 2031-11-27, 2031-12-25,
    2032-01-01, 2032-01-19, 2032-02-16, 2032-03-26, 2032-05-31, 2032-06-18, 2032-07-05, 2032-09-06, 2032-11-25, 2032-12-24,
    2033-01-17, 2033-02-21, 2033-04-15, 2033-05-30, 2033-06-20, 2033-07-04, 2033-09-05, 2033-11-24, 2033-12-26,
    2034-01-02, 2034-01-16, 2034-02-20, 2034-04-07, 2034-05-29, 2034-06-19, 2034-07-04, 2034-09-04, 2034-11-23, 2034-12-25,
    2035-01-01, 2035-01-15, 2035-02-19, 2035-03-23, 2035-05-28, 2035-06-19, 2035-07-04, 2035-09-03, 2035-11-22, 2035-12-25,
    2036-01-01, 2036-01-21, 2036-02-18, 2036-04-11, 2036-05-26, 2036-06-19, 2036-07-04, 2036-09-01, 2036-11-27, 2036-12-25,
    2037-01-01, 2037-01-19, 2037-02-16, 2037-04-03, 2037-05-25, 2037-06-19, 2037-07-03, 2037-09-07, 2037-11-26, 2037-12-25,
    2038-01-01, 2038-01-18, 2038-02-15, 2038-04-23, 2038-05-31, 2038-06-18, 2038-07-05, 2038-09-06, 2038-11-25, 2038-12-24,
    2039-01-17, 2039-02-21, 2039-04-08, 2039-05-30, 2039-06-20, 2039-07-04, 2039-09-05, 2039-11-24, 2039-12-26,
    2040-01-02, 2040-01-16, 2040-02-20, 2040-03-30, 2040-05-28, 2040-06-19, 2040-07-04, 2040-09-03, 2040-11-22, 2040-12-25,
    2041-01-01, 2041-01-21, 2041-02-18, 2041-04-19, 2041-05-27, 2041-06-19, 2041-07-04, 2041-09-02, 2041-11-28, 2041-12-25,
    2042-01-01, 2042-01-20, 2042-02-17, 2042-04-04, 2042-05-26, 2042-06-19, 2042-07-04, 2042-09-01, 2042-11-27, 2042-12-25,
    2043-01-01, 2043-01-19, 2043-02-16, 2043-03-27, 2043-05-25, 2043-06-19, 2043-07-03, 2043-09-07, 2043-11-26, 2043-12-25,
    2044-01-01, 2044-01-18, 2044-02-15, 2044-04-15, 2044-05-30, 2044-06-20, 2044-07-04, 2044-09-05, 2044-11-24, 2044-12-26,
    2045-01-02, 2045-01-16, 2045-02-20, 2045-04-07, 2045-05-29, 2045-06-19, 2045-07-04, 2045-09-04, 2045-11-23, 2045-12-25,
    2046-01-01, 2046-01-15, 2046-02-19, 2046-03-23, 2046-05-28, 2046-06-19, 2046-07-04, 2046-09-03, 2046-11-22, 2046-12-25,
    2047-01-01, 2047-01-21, 2047-02-18, 2047-04-12, 2047-05-27, 2047-06-19, 2047-07-04, 2047-09-02, 2047-11-28, 2047-12-25,
    2048-01-01, 2048-01-20, 2048-02-17, 2048-04-03, 2048-05-25, 2048-06-19, 2048-07-03, 2048-09-07, 2048-11-26, 2048-12-25,
    2049-01-01, 2049-01-18, 2049-02-15, 2049-04-16, 2049-05-31, 2049-06-18, 2049-07-05, 2049-09-06, 2049-11-25, 2049-12-24,
    2050-01-17, 2050-02-21, 2050-04-08, 2050-05-30, 2050-06-20, 2050-07-04, 2050-09-05, 2050-11-24, 2050-12-26,
    2051-01-02, 2051-01-16, 2051-02-20, 2051-03-31, 2051-05-29, 2051-06-19, 2051-07-04, 2051-09-04, 2051-11-23, 2051-12-25,
    2052-01-01, 2052-01-15, 2052-02-19, 2052-04-19, 2052-05-27, 2052-06-19, 2052-07-04, 2052-09-02, 2052-11-28, 2052-12-25,
    2053-01-01, 2053-01-20, 2053-02-17, 2053-04-04, 2053-05-26, 2053-06-19, 2053-07-04, 2053-09-01, 2053-11-27, 2053-12-25,
    2054-01-01, 2054-01-19, 2054-02-16, 2054-03-27, 2054-05-25, 2054-06-19, 2054-07-03, 2054-09-07, 2054-11-26, 2054-12-25,
    2055-01-01, 2055-01-18, 2055-02-15, 2055-04-16, 2055-05-31, 2055-06-18, 2055-07-05, 2055-09-06, 2055-11-25, 2055-12-24,
    2056-01-17, 2056-02-21, 2056-03-31, 2056-05-29, 2056-06-19, 2056-07-04, 2056-09-04, 2056-11-23, 2056-12-25,
    2057-01-01, 2057-01-15, 2057-02-19, 2057-04-20, 2057-05-28, 2057-06-19, 2057-07-04, 2057-09-03, 2057-11-22, 2057-12-25,
    2058-01-01, 2058-01-21, 2058-02-18, 2058-04-12, 2058-05-27, 2058-06-19, 2058-07-04, 2058-09-02, 2058-11-28, 2058-12-25,
    2059-01-01, 2059-01-20, 2059-02-17, 2059-03-28, 2059-05-26, 2059-06-19, 2059-07-04, 2059-09-01, 2059-11-27, 2059-12-25,
    2060-01-01, 2060-01-19, 2060-02-16, 2060-04-16, 2060-05-31, 2060-06-18, 2060-07-05, 2060-09-06, 2060-11-25, 2060-12-24,
    2061-01-17, 2061-02-21, 2061-04-08, 2061-05-30, 2061-06-20, 2061-07-04, 2061-09-05, 2061-11-24, 2061-12-26,
    2062-01-02, 2062-01-16, 2062-02-20, 2062-03-24, 2062-05-29, 2062-06-19, 2062-07-04, 2062-09-04, 2062-11-23, 2062-12-25,
    2063-01-01, 2063-01-15, 2063-02-19, 2063-04-13, 2063-05-28, 2063-06-19, 2063-07-04, 2063-09-03, 2063-11-22, 2063-12-25,
    2064-01-01, 2064-01-21, 2064-02-18, 2064-04-04, 2064-05-26, 2064-06-19, 2064-07-04, 2064-09-01, 2064-11-27, 2064-12-25,
    2065-01-01, 2065-01-19, 2065-02-16, 2065-03-27, 2065-05-25, 2065-06-19, 2065-07-03, 2065-09-07, 2065-11-26, 2065-12-25,
    2066-01-01, 2066-01-18, 2066-02-15, 2066-04-09, 2066-05-31, 2066-06-18, 2066-07-05, 2066-09-06, 2066-11-25, 2066-12-24,
    2067-01-17, 2067-02-21, 2067-04-01, 2067-05-30, 2067-06-20, 2067-07-04, 2067-09-05, 2067-11-24, 2067-12-26,
    2068-01-02, 2068-01-16, 2068-02-20, 2068-04-20, 2068-05-28, 2068-06-19, 2068-07-04, 2068-09-03, 2068-11-22, 2068-12-25,
    2069-01-01, 2069-01-21, 2069-02-18, 2069-04-12, 2069-05-27, 2069-06-19, 2069-07-04, 2069-09-02, 2069-11-28, 2069-12-25,
    2070-01-01, 2070-01-20, 2070-02-17, 2070-03-28, 2070-05-26, 2070-06-19, 2070-07-04, 2070-09-01, 2070-11-27, 2070-12-25,
    2071-01-01, 2071-01-19, 2071-02-16, 2071-04-17, 2071-05-25, 2071-06-19, 2071-07-03, 2071-09-07, 2071-11-26, 2071-12-25,
    2072-01-01, 2072-01-18, 2072-02-15, 2072-04-08, 2072-05-30, 2072-06-20, 2072-07-04, 2072-09-05, 2072-11-24, 2072-12-26,
    2073-01-02, 2073-01-16, 2073-02-20, 2073-03-24, 2073-05-29, 2073-06-19, 2073-07-04, 2073-09-04, 2073-11-23, 2073-12-25,
    2074-01-01, 2074-01-15, 2074-02-19, 2074-04-13, 2074-05-28, 2074-06-19, 2074-07-04, 2074-09-03, 2074-11-22, 2074-12-25,
    2075-01-01, 2075-01-21, 2075-02-18, 2075-04-05, 2075-05-27, 2075-06-19, 2075-07-04, 2075-09-02, 2075-11-28, 2075-12-25,
    2076-01-01, 2076-01-20, 2076-02-17, 2076-04-17, 2076-05-25, 2076-06-19, 2076-07-03, 2076-09-07, 2076-11-26, 2076-12-25,
    2077-01-01, 2077-01-18, 2077-02-15, 2077-04-09, 2077-05-31, 2077-06-18, 2077-07-05, 2077-09-06, 2077-11-25, 2077-12-24,
    2078-01-17, 2078-02-21, 2078-04-01, 2078-05-30, 2078-06-20, 2078-07-04, 2078-09-05, 2078-11-24, 2078-12-26,
    2079-01-02, 2079-01-16, 2079-02-20, 2079-04-21, 2079-05-29, 2079-06-19, 2079-07-04, 2079-09-04, 2079-11-23, 2079-12-25,
    2080-01-01, 2080-01-15, 2080-02-19, 2080-04-05, 2080-05-27, 2080-06-19, 2080-07-04, 2080-09-02, 2080-11-28, 2080-12-25,
    2081-01-01, 2081-01-20, 2081-02-17, 2081-03-28, 2081-05-26, 2081-06-19, 2081-07-04, 2081-09-01, 2081-11-27, 2081-12-25,
    2082-01-01, 2082-01-19, 2082-02-16, 2082-04-17, 2082-05-25, 2082-06-19, 2082-07-03, 2082-09-07, 2082-11-26, 2082-12-25,
    2083-01-01, 2083-01-18, 2083-02-15, 2083-04-02, 2083-05-31, 2083-06-18, 2083-07-05, 2083-09-06, 2083-11-25, 2083-12-24,
    2084-01-17, 2084-02-21, 2084-03-24, 2084-05-29, 2084-06-19, 2084-07-04, 2084-09-04, 2084-11-23, 2084-12-25,
    2085-01-01, 2085-01-15, 2085-02-19, 2085-04-13, 2085-05-28, 2085-06-19, 2085-07-04, 2085-09-03, 2085-11-22, 2085-12-25,
    2086-01-01, 2086-01-21, 2086-02-18, 2086-03-29, 2086-05-27, 2086-06-19, 2086-07-04, 2086-09-02, 2086-11-28, 2086-12-25,
    2087-01-01, 2087-01-20, 2087-02-17, 2087-04-18, 2087-05-26, 2087-06-19, 2087-07-04, 2087-09-01, 2087-11-27, 2087-12-25,
    2088-01-01, 2088-01-19, 2088-02-16, 2088-04-09, 2088-05-31, 2088-06-18, 2088-07-05, 2088-09-06, 2088-11-25, 2088-12-24,
    2089-01-17, 2089-02-21, 2089-04-01, 2089-05-30, 2089-06-20, 2089-07-04, 2089-09-05, 2089-11-24, 2089-12-26,
    2090-01-02, 2090-01-16, 2090-02-20, 2090-04-14, 2090-05-29, 2090-06-19, 2090-07-04, 2090-09-04, 2090-11-23, 2090-12-25,
    2091-01-01, 2091-01-15, 2091-02-19, 2091-04-06, 2091-05-28, 2091-06-19, 2091-07-04, 2091-09-03, 2091-11-22, 2091-12-25,
    2092-01-01, 2092-01-21, 2092-02-18, 2092-03-28, 2092-05-26, 2092-06-19, 2092-07-04, 2092-09-01, 2092-11-27, 2092-12-25,
    2093-01-01, 2093-01-19, 2093-02-16, 2093-04-10, 2093-05-25, 2093-06-19, 2093-07-03, 2093-09-07, 2093-11-26, 2093-12-25,
    2094-01-01, 2094-01-18, 2094-02-15, 2094-04-02, 2094-05-31, 2094-06-18, 2094-07-05, 2094-09-06, 2094-11-25, 2094-12-24,
    2095-01-17, 2095-02-21, 2095-04-22, 2095-05-30, 2095-06-20, 2095-07-04, 2095-09-05, 2095-11-24, 2095-12-26,
    2096-01-02, 2096-01-16, 2096-02-20, 2096-04-13, 2096-05-28, 2096-06-19, 2096-07-04, 2096-09-03, 2096-11-22, 2096-12-25,
    2097-01-01, 2097-01-21, 2097-02-18, 2097-03-29, 2097-05-27, 2097-06-19, 2097-07-04, 2097-09-02, 2097-11-28, 2097-12-25,
    2098-01-01, 2098-01-20, 2098-02-17, 2098-04-18, 2098-05-26, 2098-06-19, 2098-07-04, 2098-09-01, 2098-11-27, 2098-12-25,
    2099-01-01, 2099-01-19, 2099-02-16, 2099-04-10, 2099-05-25, 2099-06-19, 2099-07-03, 2099-09-07, 2099-11-26, 2099-12-25,
    2100-01-01, 2100-01-18, 2100-02-15, 2100-03-26, 2100-05-31, 2100-06-18, 2100-07-05, 2100-09-06, 2100-11-25, 2100-12-24
}$$::date[]);

update nyse_closings as closing
   set session = (select min(closing.date + days) from generate_series(1, 14) as days
                   where extract(isodow from closing.date + days) < 6 and not exists (select from nyse_closings as other where other.date = closing.date + days)),
       trading_day_before = (select max(closing.date - days) from generate_series(1, 14) as days
                              where extract(isodow from closing.date - days) < 6 and not exists (select from nyse_closings as other where other.date = closing.date - days));

-- Views read it as whoever asks them, who may have been granted nothing but the views.
grant select on nyse_closings to public;

-- The session of an instant, from its first instant until its end, which is the next one's first: 20:00 in New York. One row, which the planner puts into the query that asks,
-- so that a filter on time stays one; a function with one answer would be called once a row. "offset 0" keeps each step from being worked out more than once.
-- Said by "execute": a client that sends statements one by one would cut it at the semicolon within. A body of this kind finds its table whatever the search path is.
do $do$
begin
    execute $sql$
create function session_of(instant timestamptz) returns table (session date, start timestamptz, until timestamptz) language sql stable rows 1 begin atomic
    select day.session,
           (coalesce((select closing.trading_day_before from nyse_closings as closing where closing.date = day.weekday_before), day.weekday_before) + time '20:00') at time zone 'America/New_York',
           (day.session + time '20:00') at time zone 'America/New_York'
      from (select own.session, own.session - case extract(isodow from own.session) when 1 then 3 else 1 end as weekday_before
              from (select coalesce((select closing.session from nyse_closings as closing where closing.date = weekday.date), weekday.date) as session
                      from (select evening.date + case extract(isodow from evening.date) when 6 then 2 when 7 then 1 else 0 end as date
                              from (select ((instant at time zone 'America/New_York') + interval '4 hours')::date as date offset 0) as evening offset 0) as weekday offset 0) as own offset 0) as day
    offset 0;
end
$sql$;
end $do$;

-- The same names, columns and types as before.
create or replace view underlying_quotes_with_deltas as
select quote.symbol, quote.timestamp, quote.open, quote.high, quote.low, quote.close, quote.up_volume, quote.down_volume,
       quote.up_volume - coalesce(before.up_volume, 0) as up_volume_delta,
       quote.down_volume - coalesce(before.down_volume, 0) as down_volume_delta,
       own.session, quote.created_at
  from underlying_quotes as quote
 cross join lateral session_of(quote.timestamp) as own
  left join lateral (
       select row.up_volume, row.down_volume
         from underlying_quotes as row
        where row.symbol = quote.symbol
          and row.timestamp < quote.timestamp
          and row.timestamp >= own.start
        order by row.timestamp desc limit 1) as before on true;

create or replace view option_chains_with_deltas as
select quote.option_symbol, quote.timestamp, quote.underlying, quote.strike, quote.expiration, quote.option_type, quote.last, quote.bid, quote.ask,
       quote.volume, quote.open_interest, quote.implied_volatility, quote.delta, quote.gamma, quote.theta, quote.vega,
       quote.volume - coalesce(before.volume, 0) as volume_delta,
       quote.open_interest - coalesce(before.open_interest, 0) as open_interest_delta,
       own.session, quote.created_at
  from option_chains as quote
 cross join lateral session_of(quote.timestamp) as own
  left join lateral (
       select row.volume, row.open_interest
         from option_chains as row
        where row.option_symbol = quote.option_symbol
          and row.timestamp < quote.timestamp
          and row.timestamp >= own.start
        order by row.timestamp desc limit 1) as before on true;

-- The triggers' functions name no schema for the tables, since a copy of these elsewhere is rolled up there, but the calendar is here.
do $do$
begin
    execute format($format$
create or replace function mark_option_buckets() returns trigger language plpgsql as $$
declare
    written record;
    session record;
    touched record;
    before  bigint;
begin
    if tg_op = 'UPDATE' then
        if (old.option_symbol, old.timestamp, old.underlying, old.expiration, old.option_type, old.last, old.volume, old.implied_volatility, old.delta, old.gamma, old.theta, old.vega)
           is not distinct from
           (new.option_symbol, new.timestamp, new.underlying, new.expiration, new.option_type, new.last, new.volume, new.implied_volatility, new.delta, new.gamma, new.theta, new.vega)
        then return null; end if;
    end if;

    for side in 1..2 loop
        continue when side = 1 and tg_op = 'INSERT' or side = 2 and tg_op = 'DELETE';
        if side = 1 then written := old; else written := new; end if;
        select * into session from %1$I.session_of(written.timestamp);

        if tg_op = 'INSERT' then
            select row.volume into before from option_chains as row
             where row.option_symbol = written.option_symbol and row.timestamp < written.timestamp and row.timestamp >= session.start order by row.timestamp desc limit 1;
            if coalesce(before, 0) = coalesce(written.volume, 0) then return null; end if;
        end if;

        -- Its own bucket, and those of the rows after it up to the first with another volume than now stands here: that one counts from here.
        select row.volume into before from option_chains as row
         where row.option_symbol = written.option_symbol and row.timestamp <= written.timestamp and row.timestamp >= session.start order by row.timestamp desc limit 1;
        for touched in
            select written.underlying, written.timestamp, written.expiration, written.option_type, before as volume
            union all
            select row.underlying, row.timestamp, row.expiration, row.option_type, row.volume
              from option_chains as row
             where row.option_symbol = written.option_symbol and row.timestamp > written.timestamp and row.timestamp < session.until
             order by timestamp
        loop
            if not exists (select from option_chains_buckets as bucket
                            where bucket.is_stale
                              and (bucket.underlying, bucket.timestamp, bucket.expiration, bucket.option_type) = (touched.underlying, touched.timestamp, touched.expiration, touched.option_type))
            then
                insert into option_chains_buckets (underlying, timestamp, expiration, option_type) values (touched.underlying, touched.timestamp, touched.expiration, touched.option_type)
                on conflict (underlying, timestamp, expiration, option_type) do update set is_stale = true;
            end if;
            exit when coalesce(touched.volume, 0) <> coalesce(before, 0);
        end loop;
    end loop;
    return null;
end $$;

create or replace function roll_up_option_chains() returns trigger language plpgsql as $$
begin
    insert into option_chains_buckets
    select bucket.underlying, bucket.timestamp, bucket.expiration, bucket.option_type, false, min(bucket.expiration - own.session),
           count(*), sum(delta_of.volume), sum(delta_of.volume * quote.last * 100),
           sum(quote.implied_volatility), count(quote.implied_volatility), sum(quote.delta), count(quote.delta), sum(quote.gamma), count(quote.gamma),
           sum(quote.theta), count(quote.theta), sum(quote.vega), count(quote.vega)
      from option_chains_buckets as bucket
      join option_chains as quote using (underlying, timestamp, expiration, option_type)
     cross join lateral %1$I.session_of(bucket.timestamp) as own
      left join lateral (
           select row.volume
             from option_chains as row
            where row.option_symbol = quote.option_symbol and row.timestamp < quote.timestamp and row.timestamp >= own.start
            order by row.timestamp desc limit 1) as before on true
     cross join lateral (select quote.volume - coalesce(before.volume, 0) as volume) as delta_of
     where bucket.is_stale and delta_of.volume > 0
     group by bucket.underlying, bucket.timestamp, bucket.expiration, bucket.option_type
    on conflict (underlying, timestamp, expiration, option_type) do update
       set is_stale = false, days_to_expiry = excluded.days_to_expiry, traded = excluded.traded, contracts = excluded.contracts, notional = excluded.notional,
           volatility_sum = excluded.volatility_sum, volatilities = excluded.volatilities, delta_sum = excluded.delta_sum, deltas = excluded.deltas,
           gamma_sum = excluded.gamma_sum, gammas = excluded.gammas, theta_sum = excluded.theta_sum, thetas = excluded.thetas,
           vega_sum = excluded.vega_sum, vegas = excluded.vegas;
    delete from option_chains_buckets where is_stale; -- Nothing traded.
    return null;
end $$;
$format$, current_schema());
end $do$;

-- What counted from the evening after a holiday, or to the holiday as a session: these buckets are made again from the rows, by a statement that changes none.
update option_chains_buckets as bucket
   set is_stale = true
  from nyse_closings as closing
 where bucket.timestamp >= (closing.trading_day_before + time '20:00') at time zone 'America/New_York'
   and bucket.timestamp < (closing.session + time '20:00') at time zone 'America/New_York';

delete from option_chains where false;
