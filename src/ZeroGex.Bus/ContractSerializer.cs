using System.Diagnostics.CodeAnalysis;
using System.Net.Mime;
using System.Runtime.Serialization;
using System.Text.Json;
using MassTransit;
using MassTransit.Serialization;
using ZeroGex.Contracts;

namespace ZeroGex.Bus;

/// <summary>
/// Puts the contract's own encodings on the bus: the body is exactly what <see cref="Wire"/> writes, the message type travels in a header.
/// One instance serves one content type; both live on one bus.
/// </summary>
public sealed class ContractSerializer(string contentType) : RawMessageSerializer, ISerializerFactory, IMessageSerializer, IMessageDeserializer
{
    public static readonly ContractSerializer Json = new(Wire.Json);
    public static readonly ContractSerializer Packed = new(Wire.Packed);

    public ContentType ContentType { get; } = new(contentType);

    public IMessageSerializer CreateSerializer() => this;

    public IMessageDeserializer CreateDeserializer() => this;

    public static ContractSerializer For(string contentType) => contentType == Wire.Packed ? Packed : Json;

    public MessageBody GetMessageBody<T>(SendContext<T> context)
        where T : class
    {
        SetRawMessageHeaders(context);
        return context.TryGetPayload(out EncodedBody? encoded)
            ? new BytesMessageBody(encoded.Bytes)
            : new BytesMessageBody(Encode(context.Message));
    }

    public ConsumeContext Deserialize(ReceiveContext receiveContext) =>
        new BodyConsumeContext(receiveContext, Deserialize(receiveContext.Body, receiveContext.TransportHeaders, receiveContext.InputAddress));

    public SerializerContext Deserialize(MessageBody body, Headers headers, Uri? destinationAddress = null) =>
        new Received(this, body.GetBytes(), new RawMessageContext(headers, destinationAddress!, RawSerializerOptions.Default), headers.GetMessageTypes());

    public MessageBody GetMessageBody(string text) => new StringMessageBody(text);

    public void Probe(ProbeContext context) => context.CreateScope("contract").Add("contentType", ContentType.MediaType);

    /// <summary>A consumer of one's own may publish types of one's own: they travel as JSON under the same strict rules.</summary>
    byte[] Encode(object message) =>
        IsRegistered(message.GetType()) ? Wire.Encode(message, contentType) : JsonSerializer.SerializeToUtf8Bytes(message, message.GetType(), ContractJson.Options);

    object Decode(Type type, byte[] body)
    {
        try
        {
            return IsRegistered(type)
                ? Wire.Decode(type, contentType, body)
                : JsonSerializer.Deserialize(body, type, ContractJson.Options) ?? throw new FormatException($"The body is not a {type.Name}: it is null.");
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            Telemetry.MessagesParked.Add(1, new KeyValuePair<string, object?>("type", type.Name));
            throw new SerializationException(error.Message, error); // MassTransit parks what it cannot decode.
        }
    }

    static bool IsRegistered(Type type) => Contract.All.Any(contract => contract.Type == type);

    sealed class Received(ContractSerializer serializer, byte[] body, MessageContext context, string[] types)
        : BaseSerializerContext(SystemTextJsonMessageSerializer.Instance, context, types)
    {
        public override bool TryGetMessage<T>([NotNullWhen(true)] out T? message)
            where T : class
        {
            message = IsSupportedMessageType<T>() ? (T)serializer.Decode(typeof(T), body) : null;
            return message is not null;
        }

        public override bool TryGetMessage(Type messageType, [NotNullWhen(true)] out object? message)
        {
            message = IsSupportedMessageType(messageType) ? serializer.Decode(messageType, body) : null;
            return message is not null;
        }

        public override IMessageSerializer GetMessageSerializer() => serializer;

        public override IMessageSerializer GetMessageSerializer<T>(MessageEnvelope envelope, T message) => serializer;

        public override IMessageSerializer GetMessageSerializer(object message, string[] messageTypes) => serializer;

        public override Dictionary<string, object> ToDictionary<T>(T? message)
            where T : class => throw new NotSupportedException("Contracts are records, not dictionaries.");
    }
}

/// <summary>A body that was encoded already (for the spool), so that publishing does not encode it again.</summary>
public sealed record EncodedBody(byte[] Bytes);
