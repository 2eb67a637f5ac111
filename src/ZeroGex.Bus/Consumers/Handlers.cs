using System.Reflection;
using MassTransit;

namespace ZeroGex.Bus.Consumers;

/// <summary>One handler for several types of messages.</summary>
static class Handlers
{
    static readonly MethodInfo One = typeof(Handlers).GetMethod(nameof(Take), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>Hands every message of these types to a handler.</summary>
    /// <typeparam name="TBase">What all of them are.</typeparam>
    public static void Handle<TBase>(this IReceiveEndpointConfigurator endpoint, IEnumerable<Type> types, Func<TBase, ConsumeContext, Task> handle)
    {
        foreach (var type in types) One.MakeGenericMethod(typeof(TBase), type).Invoke(null, [endpoint, handle]);
    }

    static void Take<TBase, T>(IReceiveEndpointConfigurator endpoint, Func<TBase, ConsumeContext, Task> handle) where T : class, TBase =>
        endpoint.Handler<T>(context => handle(context.Message, context));
}
