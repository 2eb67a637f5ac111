using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Quality;

/// <summary>The quotes of the minute in the making, counted. A bid or ask of 0 is none.</summary>
sealed class QuoteTally
{
    long _rows, _crossed, _locked, _oneSided, _empty, _withoutSize;

    public void Take(QuotesObserved quotes, int row)
    {
        (double bid, double ask) = (quotes.Bid[row], quotes.Ask[row]);
        bool hasBid = bid > 0, hasAsk = ask > 0;
        _rows++;
        if (hasBid != hasAsk) _oneSided++;
        else if (!hasBid) _empty++;
        else if (bid > ask) _crossed++;
        else if (bid == ask) _locked++;
        if ((hasBid && quotes.BidSize[row] == 0) || (hasAsk && quotes.AskSize[row] == 0)) _withoutSize++;
    }

    /// <summary>The minute, and nothing yet of the next.</summary>
    public QuoteQuality Close()
    {
        QuoteQuality minute = new(_rows, _crossed, _locked, _oneSided, _empty, _withoutSize);
        (_rows, _crossed, _locked, _oneSided, _empty, _withoutSize) = (0, 0, 0, 0, 0, 0);
        return minute;
    }
}
