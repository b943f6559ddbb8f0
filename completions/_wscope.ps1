
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'wscope' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'wscope'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'wscope' {
            [CompletionResult]::new('--resolve', '--resolve', [CompletionResultType]::ParameterName, 'Use these addresses for a host: HOST:PORT:ADDRESS[,ADDRESS]')
            [CompletionResult]::new('--connect-to', '--connect-to', [CompletionResultType]::ParameterName, 'Connect to another host than the URL''s: HOST:PORT:HOST:PORT')
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Connect from this local address or network interface')
            [CompletionResult]::new('--unix-socket', '--unix-socket', [CompletionResultType]::ParameterName, 'Connect to this Unix socket, whatever the URL''s host is')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Connect through this proxy; '''' for none')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through this proxy; '''' for none')
            [CompletionResult]::new('-U', '-U ', [CompletionResultType]::ParameterName, 'User name and password for the proxy')
            [CompletionResult]::new('--proxy-user', '--proxy-user', [CompletionResultType]::ParameterName, 'User name and password for the proxy')
            [CompletionResult]::new('--proxy-header', '--proxy-header', [CompletionResultType]::ParameterName, 'Send this header field to the proxy alone, with CONNECT')
            [CompletionResult]::new('--proxy-cacert', '--proxy-cacert', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file for the https proxy too')
            [CompletionResult]::new('--noproxy', '--noproxy', [CompletionResultType]::ParameterName, 'Reach these hosts directly: names, addresses, CIDR blocks, or * for all')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Allow this long for the name, TCP, TLS and the upgrade together')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Send this header field with the upgrade request')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Send this header field with the upgrade request')
            [CompletionResult]::new('--subprotocol', '--subprotocol', [CompletionResultType]::ParameterName, 'Ask for this subprotocol')
            [CompletionResult]::new('--origin', '--origin', [CompletionResultType]::ParameterName, 'Send this Origin, as a browser would')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'Send this User-Agent')
            [CompletionResult]::new('--user-agent', '--user-agent', [CompletionResultType]::ParameterName, 'Send this User-Agent')
            [CompletionResult]::new('-b', '-b', [CompletionResultType]::ParameterName, 'Send these cookies: "NAME=VALUE; NAME=VALUE"')
            [CompletionResult]::new('--cookie', '--cookie', [CompletionResultType]::ParameterName, 'Send these cookies: "NAME=VALUE; NAME=VALUE"')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'Send this user name and password as Basic credentials')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Send this user name and password as Basic credentials')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file too')
            [CompletionResult]::new('--send', '--send', [CompletionResultType]::ParameterName, 'Send TEXT as a message when the connection is open; may be repeated')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'Messages end with STRING instead of a newline, in and out')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Stop after N messages from the server')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Stop after a message from the server that matches REGEX')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'When standard input has ended, stay until no message has come for so long [default: 2]')
            [CompletionResult]::new('--ping-interval', '--ping-interval', [CompletionResultType]::ParameterName, 'Send a ping so often')
            [CompletionResult]::new('--ping-timeout', '--ping-timeout', [CompletionResultType]::ParameterName, 'How long the pong to such a ping may take [default: the interval]')
            [CompletionResult]::new('--idle-timeout', '--idle-timeout', [CompletionResultType]::ParameterName, 'How long the server may send nothing at all')
            [CompletionResult]::new('--close-timeout', '--close-timeout', [CompletionResultType]::ParameterName, 'How long the server''s Close may take after ours [default: 2]')
            [CompletionResult]::new('--max-message-size', '--max-message-size', [CompletionResultType]::ParameterName, 'The longest message that is held, sent or received [default: 64M]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour: auto, always or never')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'End the whole run after so many seconds')
            [CompletionResult]::new('--max-time', '--max-time', [CompletionResultType]::ParameterName, 'End the whole run after so many seconds')
            [CompletionResult]::new('--generate', '--generate', [CompletionResultType]::ParameterName, 'Write the man page or a completion script to standard output')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--proxy-insecure', '--proxy-insecure', [CompletionResultType]::ParameterName, 'Go on although the https proxy''s certificate is not valid')
            [CompletionResult]::new('-k', '-k', [CompletionResultType]::ParameterName, 'Go on although the server''s certificate is not valid')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Go on although the server''s certificate is not valid')
            [CompletionResult]::new('--binary', '--binary', [CompletionResultType]::ParameterName, 'Send and receive binary messages, byte for byte')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'Messages end with a NUL instead of a newline, in and out')
            [CompletionResult]::new('--whole', '--whole', [CompletionResultType]::ParameterName, 'All of standard input is one message')
            [CompletionResult]::new('--length-prefixed', '--length-prefixed', [CompletionResultType]::ParameterName, 'Each message follows its length as four bytes, big-endian, in and out')
            [CompletionResult]::new('--hex', '--hex', [CompletionResultType]::ParameterName, 'Each line is a binary message in hexadecimal, in and out')
            [CompletionResult]::new('--base64', '--base64', [CompletionResultType]::ParameterName, 'Each line is a binary message in base64, in and out')
            [CompletionResult]::new('-1', '-1', [CompletionResultType]::ParameterName, 'Stop after one message from the server; short for --count 1')
            [CompletionResult]::new('--one', '--one', [CompletionResultType]::ParameterName, 'Stop after one message from the server; short for --count 1')
            [CompletionResult]::new('--echo', '--echo', [CompletionResultType]::ParameterName, 'Send every text and binary message back as it came')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step of connecting, the heads sent and received, and the end')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step of connecting, the heads sent and received, and the end')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Print nothing on standard error')
            [CompletionResult]::new('--silent', '--silent', [CompletionResultType]::ParameterName, 'Print nothing on standard error')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write every event as one line of JSON on standard output')
            [CompletionResult]::new('--show-secrets', '--show-secrets', [CompletionResultType]::ParameterName, 'Show credentials, cookies and tokens in what is printed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'The client against an echo server of its own on 127.0.0.1')
            break
        }
        'wscope;demo' {
            [CompletionResult]::new('--resolve', '--resolve', [CompletionResultType]::ParameterName, 'Use these addresses for a host: HOST:PORT:ADDRESS[,ADDRESS]')
            [CompletionResult]::new('--connect-to', '--connect-to', [CompletionResultType]::ParameterName, 'Connect to another host than the URL''s: HOST:PORT:HOST:PORT')
            [CompletionResult]::new('--interface', '--interface', [CompletionResultType]::ParameterName, 'Connect from this local address or network interface')
            [CompletionResult]::new('--unix-socket', '--unix-socket', [CompletionResultType]::ParameterName, 'Connect to this Unix socket, whatever the URL''s host is')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Connect through this proxy; '''' for none')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through this proxy; '''' for none')
            [CompletionResult]::new('-U', '-U ', [CompletionResultType]::ParameterName, 'User name and password for the proxy')
            [CompletionResult]::new('--proxy-user', '--proxy-user', [CompletionResultType]::ParameterName, 'User name and password for the proxy')
            [CompletionResult]::new('--proxy-header', '--proxy-header', [CompletionResultType]::ParameterName, 'Send this header field to the proxy alone, with CONNECT')
            [CompletionResult]::new('--proxy-cacert', '--proxy-cacert', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file for the https proxy too')
            [CompletionResult]::new('--noproxy', '--noproxy', [CompletionResultType]::ParameterName, 'Reach these hosts directly: names, addresses, CIDR blocks, or * for all')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Allow this long for the name, TCP, TLS and the upgrade together')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Send this header field with the upgrade request')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Send this header field with the upgrade request')
            [CompletionResult]::new('--subprotocol', '--subprotocol', [CompletionResultType]::ParameterName, 'Ask for this subprotocol')
            [CompletionResult]::new('--origin', '--origin', [CompletionResultType]::ParameterName, 'Send this Origin, as a browser would')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'Send this User-Agent')
            [CompletionResult]::new('--user-agent', '--user-agent', [CompletionResultType]::ParameterName, 'Send this User-Agent')
            [CompletionResult]::new('-b', '-b', [CompletionResultType]::ParameterName, 'Send these cookies: "NAME=VALUE; NAME=VALUE"')
            [CompletionResult]::new('--cookie', '--cookie', [CompletionResultType]::ParameterName, 'Send these cookies: "NAME=VALUE; NAME=VALUE"')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'Send this user name and password as Basic credentials')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Send this user name and password as Basic credentials')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file too')
            [CompletionResult]::new('--send', '--send', [CompletionResultType]::ParameterName, 'Send TEXT as a message when the connection is open; may be repeated')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'Messages end with STRING instead of a newline, in and out')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Stop after N messages from the server')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Stop after a message from the server that matches REGEX')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'When standard input has ended, stay until no message has come for so long [default: 2]')
            [CompletionResult]::new('--ping-interval', '--ping-interval', [CompletionResultType]::ParameterName, 'Send a ping so often')
            [CompletionResult]::new('--ping-timeout', '--ping-timeout', [CompletionResultType]::ParameterName, 'How long the pong to such a ping may take [default: the interval]')
            [CompletionResult]::new('--idle-timeout', '--idle-timeout', [CompletionResultType]::ParameterName, 'How long the server may send nothing at all')
            [CompletionResult]::new('--close-timeout', '--close-timeout', [CompletionResultType]::ParameterName, 'How long the server''s Close may take after ours [default: 2]')
            [CompletionResult]::new('--max-message-size', '--max-message-size', [CompletionResultType]::ParameterName, 'The longest message that is held, sent or received [default: 64M]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour: auto, always or never')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'End the whole run after so many seconds')
            [CompletionResult]::new('--max-time', '--max-time', [CompletionResultType]::ParameterName, 'End the whole run after so many seconds')
            [CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('--ipv4', '--ipv4', [CompletionResultType]::ParameterName, 'Use IPv4 only')
            [CompletionResult]::new('-6', '-6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--ipv6', '--ipv6', [CompletionResultType]::ParameterName, 'Use IPv6 only')
            [CompletionResult]::new('--proxy-insecure', '--proxy-insecure', [CompletionResultType]::ParameterName, 'Go on although the https proxy''s certificate is not valid')
            [CompletionResult]::new('-k', '-k', [CompletionResultType]::ParameterName, 'Go on although the server''s certificate is not valid')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Go on although the server''s certificate is not valid')
            [CompletionResult]::new('--binary', '--binary', [CompletionResultType]::ParameterName, 'Send and receive binary messages, byte for byte')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'Messages end with a NUL instead of a newline, in and out')
            [CompletionResult]::new('--whole', '--whole', [CompletionResultType]::ParameterName, 'All of standard input is one message')
            [CompletionResult]::new('--length-prefixed', '--length-prefixed', [CompletionResultType]::ParameterName, 'Each message follows its length as four bytes, big-endian, in and out')
            [CompletionResult]::new('--hex', '--hex', [CompletionResultType]::ParameterName, 'Each line is a binary message in hexadecimal, in and out')
            [CompletionResult]::new('--base64', '--base64', [CompletionResultType]::ParameterName, 'Each line is a binary message in base64, in and out')
            [CompletionResult]::new('-1', '-1', [CompletionResultType]::ParameterName, 'Stop after one message from the server; short for --count 1')
            [CompletionResult]::new('--one', '--one', [CompletionResultType]::ParameterName, 'Stop after one message from the server; short for --count 1')
            [CompletionResult]::new('--echo', '--echo', [CompletionResultType]::ParameterName, 'Send every text and binary message back as it came')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step of connecting, the heads sent and received, and the end')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step of connecting, the heads sent and received, and the end')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Print nothing on standard error')
            [CompletionResult]::new('--silent', '--silent', [CompletionResultType]::ParameterName, 'Print nothing on standard error')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write every event as one line of JSON on standard output')
            [CompletionResult]::new('--show-secrets', '--show-secrets', [CompletionResultType]::ParameterName, 'Show credentials, cookies and tokens in what is printed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
