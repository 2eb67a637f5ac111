using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;
using ZeroGex.Analytics.Backtest;

namespace ZeroGex.Cli;

/// <summary>KEY=VALUE pairs become the parameters of a strategy's constructor, or its settable properties.</summary>
static class StrategyParameters
{
    /// <exception cref="SettingsException">A name or a value does not fit; the message says what would.</exception>
    public static IStrategy Create(Type type, IReadOnlyList<string> pairs)
    {
        var given = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string pair in pairs)
        {
            if (pair.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var at)) throw new SettingsException($"--param {pair}: write KEY=VALUE, for example --param shares=100.");
            given[pair[..at]] = pair[(at + 1)..];
        }

        // The one that takes most of what is given.
        var constructor = type.GetConstructors().OrderByDescending(one => one.GetParameters().Count(parameter => given.ContainsKey(parameter.Name!))).ThenBy(one => one.GetParameters().Length).FirstOrDefault()
            ?? throw new SettingsException($"--strategy: {type.FullName} has no public constructor.");
        var parameters = constructor.GetParameters();
        var properties = type.GetProperties().Where(property => property.SetMethod is { IsPublic: true }).ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);

        foreach (string key in given.Keys)
            if (!parameters.Any(parameter => IsNamed(parameter, key)) && !properties.ContainsKey(key))
                throw new SettingsException($"--param {key}: {type.Name} has no such parameter; {Known(parameters, properties.Values)}");

        object?[] values = [.. parameters.Select(parameter =>
            given.Keys.FirstOrDefault(key => IsNamed(parameter, key)) is { } key ? Convert(key, given[key], parameter.ParameterType)
            : parameter.HasDefaultValue ? parameter.DefaultValue
            : throw new SettingsException($"--param {parameter.Name}=...: {type.Name} needs it, a {NameOf(parameter.ParameterType)}."))];
        try
        {
            var strategy = (IStrategy)constructor.Invoke(values);
            foreach (string key in given.Keys.Where(key => !parameters.Any(parameter => IsNamed(parameter, key))))
                properties[key].SetValue(strategy, Convert(key, given[key], properties[key].PropertyType));
            return strategy;
        }
        catch (TargetInvocationException error)
        {
            throw new SettingsException($"--strategy: {type.Name} refuses its parameters: {error.InnerException!.Message}");
        }
    }

    static bool IsNamed(ParameterInfo parameter, string key) => string.Equals(parameter.Name, key, StringComparison.OrdinalIgnoreCase);

    static object? Convert(string key, string text, Type type)
    {
        var target = Nullable.GetUnderlyingType(type) ?? type;
        if (target == typeof(string)) return text;
        if (target.IsEnum)
        {
            var members = target.GetFields(BindingFlags.Public | BindingFlags.Static);
            return (members.FirstOrDefault(member => string.Equals(WordOf(member), text, StringComparison.OrdinalIgnoreCase)) ?? throw Unfit(string.Join(", ", members.Select(WordOf)))).GetValue(null);
        }

        var parse = target == typeof(bool) ? target.GetMethod("Parse", [typeof(string)]) : target.GetMethod("Parse", [typeof(string), typeof(IFormatProvider)]);
        if (parse is null) throw new SettingsException($"--param {key}: a {NameOf(type)} cannot be given as text.");
        try
        {
            return parse.Invoke(null, target == typeof(bool) ? [text] : [text, CultureInfo.InvariantCulture]);
        }
        catch (TargetInvocationException)
        {
            throw Unfit(NameOf(type));
        }

        static string WordOf(FieldInfo member) => member.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? member.Name; // As in the contracts: 0DTE.
        SettingsException Unfit(string wanted) => new($"--param {key}: '{text}' is no {wanted}.");
    }

    static string Known(ParameterInfo[] parameters, IEnumerable<PropertyInfo> properties)
    {
        string[] known =
        [
            .. parameters.Select(parameter => $"{parameter.Name} ({NameOf(parameter.ParameterType)})"),
            .. properties.Where(property => !parameters.Any(parameter => IsNamed(parameter, property.Name))).Select(property => $"{property.Name} ({NameOf(property.PropertyType)})"),
        ];
        return known.Length == 0 ? "it has none." : $"there are {string.Join(", ", known)}.";
    }

    static string NameOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type).Name;
}
