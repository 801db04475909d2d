import { DecoratorHandler, type Dispatcher } from 'undici';

/** A request may have waited for its connection; so this asks when it has one, and nothing comes in between. */
export function withPermit(permit: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => dispatch(options, new PermitHandler(handler, permit));
}

/** The library's types leave out the methods of its own class. */
const Handler = DecoratorHandler as new (
  handler: Dispatcher.DispatchHandler,
) => { onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void };

class PermitHandler extends Handler {
  constructor(
    handler: Dispatcher.DispatchHandler,
    private readonly permit: () => void,
  ) {
    super(handler);
  }

  override onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.permit();
    super.onRequestStart(controller, context);
  }
}
